/** How the value of a field is written (protobuf.dev/programming-guides/encoding). */
export const WireType = { Varint: 0, Fixed64: 1, Bytes: 2, Fixed32: 5 } as const;

/** A number takes ten bytes at most. */
const MOST_VARINT_BYTES = 10;

/** A field with bytes in it: a text or a message. */
export function writeBytesField(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint(field * 8 + WireType.Bytes), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, rest]);
}

/** Walks over the fields of a message, without knowing what they mean. The message may be anything: nothing here throws. */
export class ProtobufReader {
  /** Of the field that `next` has come to. */
  field = 0;
  type = 0;
  /** Of a varint: past 2^53 not exact. Of others: 0. */
  value = 0;
  /** The bytes are no message. */
  broken = false;
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** @returns false: there are no more, or it is `broken`. */
  next(): boolean {
    if (this.broken || this.#at >= this.#bytes.length) return false;
    const tag = this.#varint();
    this.field = Math.floor(tag / 8);
    this.type = tag % 8;
    this.value = 0;
    if (this.field === 0) this.broken = true;
    else this.#takeValue();
    return !this.broken;
  }

  #takeValue(): void {
    switch (this.type) {
      case WireType.Varint:
        this.value = this.#varint();
        break;
      case WireType.Fixed64:
        this.#skip(8);
        break;
      case WireType.Bytes:
        this.#skip(this.#varint());
        break;
      case WireType.Fixed32:
        this.#skip(4);
        break;
      default:
        this.broken = true; // Groups are no longer written.
    }
  }

  #varint(): number {
    let value = 0;
    for (let i = 0; i < MOST_VARINT_BYTES; i++) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) break;
      value += (byte & 127) * 2 ** (7 * i);
      if (byte < 128) return value;
    }
    this.broken = true;
    return 0;
  }

  #skip(bytes: number): void {
    this.#at += bytes;
    if (this.#at > this.#bytes.length) this.broken = true;
  }
}
