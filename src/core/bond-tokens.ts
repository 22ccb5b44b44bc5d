import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a token says, once it has been found to be genuine. */
export interface BondToken {
  /** What it is bound to, as `idOf` has it. */
  readonly id: string;
  /** When the bond began, in whole seconds since 1970. */
  readonly begun: number;
  /** When the client was last told of it. */
  readonly told: number;
}

const idBytes = 8;
const timeBytes = 4;
const macBytes = 16;
const saidBytes = idBytes + 2 * timeBytes;

/** 32 bytes in base64url. */
const letters = 43;

/** Tokens that are remembered as genuine, twice: what was asked for of late stays. */
const mostKnown = 2048;

/**
 * Texts by which a client shows what it is bound to. They say nothing to anybody else, and nobody else can make one: an id out of a
 * keyed hash, two times, and a code over both (HMAC-SHA-256, cut to 128 bits).
 *
 * One that was changed, made for another scope or with another secret is no token; nothing tells its sender why.
 */
export class BondTokens {
  readonly #key: Buffer;
  readonly #ids: Map<string, string> = new Map();
  #known: Map<string, BondToken> = new Map();
  #knownBefore: Map<string, BondToken> = new Map();

  /** @param scope what the bonds are of; those of one scope mean nothing in another. */
  constructor(secret: string, scope: string) {
    this.#key = createHmac('sha256', secret).update(`bond ${scope}`).digest();
  }

  /** How tokens speak of what has this name: 16 hexadecimal digits. To be called for names of the config alone: each is kept. */
  idOf(name: string): string {
    let id = this.#ids.get(name);
    if (id === undefined) {
      id = this.#hash(Buffer.from(`id ${name}`)).toString('hex', 0, idBytes);
      this.#ids.set(name, id);
    }
    return id;
  }

  write({ id, begun, told }: BondToken): string {
    const bytes = Buffer.alloc(saidBytes + macBytes);
    bytes.write(id, 0, 'hex');
    bytes.writeUInt32BE(begun >>> 0, idBytes);
    bytes.writeUInt32BE(told >>> 0, idBytes + timeBytes);
    this.#hash(bytes.subarray(0, saidBytes)).copy(bytes, saidBytes, 0, macBytes);
    return bytes.toString('base64url');
  }

  /** Undefined: it is not one of ours. */
  read(text: string): BondToken | undefined {
    if (text.length !== letters) return undefined;
    const known = this.#known.get(text) ?? this.#knownBefore.get(text);
    if (known !== undefined) return known;
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.length !== saidBytes + macBytes) return undefined;
    const mac = this.#hash(bytes.subarray(0, saidBytes)).subarray(0, macBytes);
    if (!timingSafeEqual(mac, bytes.subarray(saidBytes))) return undefined;
    const token = {
      id: bytes.toString('hex', 0, idBytes),
      begun: bytes.readUInt32BE(idBytes),
      told: bytes.readUInt32BE(idBytes + timeBytes),
    };
    // Written anew: the text that came may be a piece of a whole head, which it would keep.
    this.#remember(bytes.toString('base64url'), token);
    return token;
  }

  #hash(bytes: Uint8Array): Buffer {
    return createHmac('sha256', this.#key).update(bytes).digest();
  }

  #remember(text: string, token: BondToken): void {
    if (this.#known.size >= mostKnown) {
      this.#knownBefore = this.#known;
      this.#known = new Map();
    }
    this.#known.set(text, token);
  }
}
