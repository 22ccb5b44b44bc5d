import { codeName, frameName, FrameType } from '../../../src/wire/http2/codes.ts';

export type FrameName = keyof typeof FrameType;

/** A frame as it came, whatever it says. */
export interface RawFrame {
  readonly type: number;
  readonly flags: number;
  readonly id: number;
  readonly payload: Buffer;
}

export type Pair = readonly [name: string, value: string];

/** A frame, as wrong as it is asked for. @param length what its head says; default: the truth. */
export function frameBytes(
  type: FrameName | number,
  flags: number,
  id: number,
  payload: Uint8Array | string = '',
  length?: number,
): Buffer {
  const body = typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload;
  const head = Buffer.alloc(9);
  head.writeUIntBE(length ?? body.length, 0, 3);
  head[3] = typeof type === 'number' ? type : FrameType[type];
  head[4] = flags;
  head.writeUInt32BE(id >>> 0, 5);
  return Buffer.concat([head, body]);
}

/** 32 bits, as RST_STREAM and WINDOW_UPDATE carry them. */
export function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

/** The payload of SETTINGS. */
export function settingsPayload(pairs: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(pairs.length * 6);
  pairs.forEach(([id, value], i) => payload.writeUInt32BE(value, payload.writeUInt16BE(id, i * 6)));
  return payload;
}

/** An integer of HPACK behind the bits of `first` (RFC 7541 section 5.1). */
export function hpackInteger(first: number, bits: number, value: number): Buffer {
  const mask = (1 << bits) - 1;
  if (value < mask) return Buffer.of(first | value);
  const bytes = [first | mask];
  let rest = value - mask;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push(0x80 | (rest & 0x7f));
  return Buffer.from([...bytes, rest]);
}

/** A string of HPACK, not Huffman-coded. */
export function hpackText(text: string): Buffer {
  return Buffer.concat([hpackInteger(0, 7, text.length), Buffer.from(text, 'latin1')]);
}

/** A header block in which each field is a literal that is not indexed: nothing is judged, and no state is kept. */
export function plainBlock(fields: readonly Pair[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.of(0), hpackText(name), hpackText(value)]));
}

/** Takes what comes apart, without judging any of it. */
export class FrameSplitter {
  #rest: Buffer = Buffer.alloc(0);

  take(chunk: Buffer): RawFrame[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const frames: RawFrame[] = [];
    let at = 0;
    for (let next = this.#end(at); next >= 0; next = this.#end(at)) {
      const rest = this.#rest;
      const id = rest.readUInt32BE(at + 5) & 0x7fff_ffff;
      frames.push({ type: rest[at + 3]!, flags: rest[at + 4]!, id, payload: rest.subarray(at + 9, next) });
      at = next;
    }
    this.#rest = this.#rest.subarray(at);
    return frames;
  }

  #end(at: number): number {
    if (this.#rest.length < at + 9) return -1;
    const end = at + 9 + this.#rest.readUIntBE(at, 3);
    return end <= this.#rest.length ? end : -1;
  }
}

/** For messages: `RST_STREAM 1 CANCEL`. */
export function describeFrame({ type, flags, id, payload }: RawFrame): string {
  const name = `${frameName(type)} ${id}`;
  if (type === FrameType.RstStream) return `${name} ${codeName(payload.readUInt32BE(0))}`;
  if (type === FrameType.Goaway) return `${name} ${payload.readUInt32BE(0)} ${codeName(payload.readUInt32BE(4))}`;
  if (type === FrameType.WindowUpdate) return `${name} ${payload.readUInt32BE(0)}`;
  return `${name} flags ${flags} length ${payload.length}`;
}
