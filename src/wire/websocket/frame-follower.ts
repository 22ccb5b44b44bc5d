/** Opcode of a frame that closes (RFC 6455 section 5.5.1). */
const CLOSE = 8;

/** The longest head of a frame: two bytes, a length of eight, a mask of four. */
const MOST_HEAD = 14;

/**
 * Follows the frames of one direction of a WebSocket (RFC 6455 section 5.2), so that a frame of our own can be put between two of
 * them. It reads heads and nothing else: a payload is skipped by its length, whatever is in it, compressed or not.
 *
 * A control frame may stand between the fragments of a message (section 5.4), so any end of a frame will do. What is not a frame
 * makes it `lost` for good: there is then no place for a frame of ours. It judges no more than it needs to.
 */
export class FrameFollower {
  /** Bytes that are missing of the current frame's payload. */
  #left = 0;
  /** Bytes that have come of a head that is not whole yet. */
  #come = 0;
  /** The head begins so, where it comes in pieces. */
  #head: Uint8Array | undefined;
  /** The current frame closes. */
  #closing = false;
  /** A frame that closes has gone by, whole: nothing follows it. */
  closed = false;
  /** What came cannot be frames. */
  lost = false;

  /** Between two frames, where another one may stand. */
  get between(): boolean {
    return this.#left === 0 && this.#come === 0 && !this.lost;
  }

  /** Goes on over the whole chunk. */
  follow(chunk: Uint8Array): void {
    // The middle of a long message: most of what there is.
    if (chunk.length < this.#left) this.#left -= chunk.length;
    else for (let at = 0; at < chunk.length && !this.lost;) at = this.next(chunk, at);
  }

  /** Goes on to the end of the current frame, or to that of the chunk. @returns the offset behind what was gone over. */
  next(chunk: Uint8Array, from: number): number {
    if (this.lost) return chunk.length;
    const at = this.#left > 0 ? from : this.#readHead(chunk, from);
    const taken = Math.min(this.#left, chunk.length - at);
    this.#left -= taken;
    if (this.#closing && this.between) this.closed = true;
    return at + taken;
  }

  /** @returns the offset behind the head, or behind the chunk where that holds only a part of it. */
  #readHead(chunk: Uint8Array, from: number): number {
    const room = chunk.length - from;
    const length = room < 2 ? MOST_HEAD : headLength(chunk[from + 1]!);
    if (this.#come > 0 || room < length) return this.#gather(chunk, from);
    this.#enter(chunk, from);
    return from + length;
  }

  /** A head that comes in pieces is put together first. */
  #gather(chunk: Uint8Array, from: number): number {
    const head = (this.#head ??= new Uint8Array(MOST_HEAD));
    let at = from;
    while (at < chunk.length) {
      head[this.#come++] = chunk[at++]!;
      if (this.#come < 2 || this.#come < headLength(head[1]!)) continue;
      this.#come = 0;
      this.#enter(head, 0);
      break;
    }
    return at;
  }

  #enter(bytes: Uint8Array, at: number): void {
    const length = payloadLength(bytes, at);
    // Without this a length that is no number of ours would look like a frame that ends somewhere.
    if (length > Number.MAX_SAFE_INTEGER || this.closed) this.lost = true;
    this.#left = this.lost ? 0 : length;
    this.#closing = (bytes[at]! & 0x0f) === CLOSE;
  }
}

/** @param second byte of the head: the mask's bit, and a length or where it is. */
function headLength(second: number): number {
  const short = second & 0x7f;
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
  return 2 + extended + (second >= 0x80 ? 4 : 0);
}

function payloadLength(bytes: Uint8Array, at: number): number {
  const short = bytes[at + 1]! & 0x7f;
  if (short < 126) return short;
  const to = at + (short === 126 ? 4 : 10);
  let length = 0;
  for (let i = at + 2; i < to; i++) length = length * 256 + bytes[i]!;
  return length;
}
