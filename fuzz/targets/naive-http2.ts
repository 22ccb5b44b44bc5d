import { codeLengths, codes } from '../../src/wire/http2/huffman-code.ts';
import { staticRows } from '../../src/wire/http2/hpack-static-table.ts';

/** A frame as an obvious reader finds it: nothing is judged. */
export interface NaiveFrame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** All frames that are complete. */
export function readFramesNaively(bytes: Buffer): NaiveFrame[] {
  const frames: NaiveFrame[] = [];
  for (let at = 0; at + 9 <= bytes.length;) {
    const length = bytes.readUIntBE(at, 3);
    const payload = bytes.subarray(at + 9, at + 9 + length);
    if (payload.length < length) break;
    const streamId = bytes.readUInt32BE(at + 5) % 2 ** 31;
    frames.push({ type: bytes[at + 3]!, flags: bytes[at + 4]!, streamId, payload });
    at += 9 + length;
  }
  return frames;
}

/** The payload without padding and priority, in hexadecimal digits. */
export function contentOf({ type, flags, payload }: NaiveFrame): string {
  const padded = type <= 1 && (flags & 8) !== 0;
  const start = (padded ? 1 : 0) + (type === 1 && (flags & 0x20) !== 0 ? 5 : 0);
  const end = payload.length - (padded ? (payload[0] ?? 0) : 0);
  return start > end ? 'impossible' : payload.toString('hex', start, end);
}

type Pair = readonly [name: string, value: string];

const symbols: ReadonlyMap<string, number> = new Map(
  Array.from(codes, (code, symbol) => [code.toString(2).padStart(codeLengths[symbol]!, '0'), symbol]),
);

/** A slow and obvious decoder of header blocks: bits are characters, the table is a list. */
export class NaiveHpack {
  readonly #table: Pair[] = [];
  #max = 4096;
  #bytes: number[] = [];

  get tableBytes(): number {
    return this.#table.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);
  }

  /** @throws {RangeError} the block is broken. */
  decode(block: Buffer): Pair[] {
    this.#bytes = [...block];
    const pairs: Pair[] = [];
    let begun = false;
    while (this.#bytes.length > 0) {
      const bits = this.#bytes[0]!.toString(2).padStart(8, '0');
      if (bits.startsWith('001')) {
        if (begun) throw new RangeError('a change of size within a block');
        this.#resize(this.#integer(5));
        continue;
      }
      begun = true;
      if (bits.startsWith('1')) pairs.push(this.#entry(this.#integer(7)));
      else if (bits.startsWith('01')) {
        const pair = this.#literal(6);
        this.#table.unshift(pair);
        this.#evict();
        pairs.push(pair);
      } else pairs.push(this.#literal(4));
    }
    return pairs;
  }

  #resize(size: number): void {
    if (size > 4096) throw new RangeError('too large');
    this.#max = size;
    this.#evict();
  }

  #evict(): void {
    while (this.tableBytes > this.#max) this.#table.pop();
  }

  #entry(index: number): Pair {
    const row = staticRows[index - 1];
    const pair: Pair | undefined = row === undefined ? this.#table[index - 62] : [row.name, row.value];
    if (pair === undefined) throw new RangeError('no such entry');
    return pair;
  }

  #literal(bits: number): Pair {
    const index = this.#integer(bits);
    const name = index === 0 ? this.#text() : this.#entry(index)[0];
    return [name, this.#text()];
  }

  #integer(bits: number): number {
    const most = 2 ** bits - 1;
    let value = this.#byte() % (most + 1);
    if (value < most) return value;
    for (let factor = 1; factor < 128 ** 4; factor *= 128) {
      const byte = this.#byte();
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
    throw new RangeError('an endless integer');
  }

  #text(): string {
    const coded = (this.#bytes[0] ?? 0) >= 128;
    const bytes = this.#bytes.splice(0, 0);
    const length = this.#integer(7);
    for (let i = 0; i < length; i++) bytes.push(this.#byte());
    return coded ? decodeBits(bytes) : String.fromCharCode(...bytes);
  }

  #byte(): number {
    const byte = this.#bytes.shift();
    if (byte === undefined) throw new RangeError('the block ends');
    return byte;
  }
}

function decodeBits(bytes: readonly number[]): string {
  let text = '';
  let held = '';
  for (const bit of bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('')) {
    held += bit;
    const symbol = symbols.get(held);
    if (symbol === undefined) continue;
    if (symbol === 256) throw new RangeError('the end of a string');
    text += String.fromCharCode(symbol);
    held = '';
  }
  if (held.length > 7 || held.includes('0')) throw new RangeError('padding');
  return text;
}
