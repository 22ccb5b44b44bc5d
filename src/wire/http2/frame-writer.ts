import { latin1Write } from '../../core/latin1.ts';
import type { ByteSpan } from './byte-span.ts';
import { defaultFrameBytes, Flag, frameHeadBytes, FrameType } from './codes.ts';

/** An identifier and a value. */
export type SettingPair = readonly [id: number, value: number];

/** Up to here a loop is faster than a call out of JavaScript. */
const smallPayload = 128;

/**
 * Writes frames one behind the other into a buffer, those of many streams together, for one write to the socket. Who writes sees
 * that there is room: a frame takes `frameHeadBytes` and its payload.
 */
export class FrameWriter {
  readonly buffer: Buffer;
  /** Behind the last byte written. */
  end = 0;

  constructor(buffer: Buffer) {
    this.buffer = buffer;
  }

  get room(): number {
    return this.buffer.length - this.end;
  }

  /** The head alone of a DATA frame, for a payload that goes to the socket by itself, right behind. */
  dataHead(streamId: number, length: number, endStream: boolean): void {
    this.#head(length, FrameType.Data, endStream ? Flag.EndStream : 0, streamId);
  }

  /** A DATA frame with `bytes[from..to)`, copied. */
  data(streamId: number, { buffer, from, to }: ByteSpan, endStream: boolean): void {
    this.dataHead(streamId, to - from, endStream);
    if (to - from > smallPayload) {
      this.end += buffer.copy(this.buffer, this.end, from, to);
      return;
    }
    for (let i = from; i < to; i++) this.buffer[this.end++] = buffer[i]!;
  }

  /** Makes the DATA frame whose head is at `at` in this buffer, and which has not been sent, the last one of its stream. */
  endStreamAt(at: number): void {
    this.buffer[at + 4]! |= Flag.EndStream;
  }

  /**
   * Begins HEADERS: the block is to be written to `buffer` from the place on that this returns.
   * @see endHeaders
   */
  beginHeaders(): number {
    return this.end + frameHeadBytes;
  }

  /**
   * Ends HEADERS whose block goes from `beginHeaders` to `blockEnd`, and cuts it into CONTINUATION where it is larger than a frame:
   * for each of those there must be room for one more head.
   * @param frameBytes the peer's SETTINGS_MAX_FRAME_SIZE; default: what every peer takes.
   */
  endHeaders(streamId: number, blockEnd: number, endStream: boolean, frameBytes: number = defaultFrameBytes): void {
    const start = this.end + frameHeadBytes;
    const length = blockEnd - start;
    const flags = endStream ? Flag.EndStream : 0;
    if (length <= frameBytes) {
      this.#head(length, FrameType.Headers, flags | Flag.EndHeaders, streamId);
      this.end = blockEnd;
      return;
    }
    this.#head(frameBytes, FrameType.Headers, flags, streamId);
    this.end += frameBytes;
    this.#continue(streamId, length - frameBytes, frameBytes);
  }

  rstStream(streamId: number, code: number): void {
    this.#head(4, FrameType.RstStream, 0, streamId);
    this.#word(code);
  }

  settings(pairs: readonly SettingPair[]): void {
    this.#head(pairs.length * 6, FrameType.Settings, 0, 0);
    for (const [id, value] of pairs) {
      this.end = this.buffer.writeUInt16BE(id, this.end);
      this.#word(value);
    }
  }

  settingsAck(): void {
    this.#head(0, FrameType.Settings, Flag.Ack, 0);
  }

  /** @param opaque 8 bytes, which the answer repeats. */
  ping({ buffer, from }: ByteSpan, ack: boolean): void {
    this.#head(8, FrameType.Ping, ack ? Flag.Ack : 0, 0);
    this.end += buffer.copy(this.buffer, this.end, from, from + 8);
  }

  /** @param debug for people; bytes as characters. */
  goaway(lastStreamId: number, code: number, debug = ''): void {
    this.#head(8 + debug.length, FrameType.Goaway, 0, 0);
    this.#word(lastStreamId);
    this.#word(code);
    this.end += latin1Write(this.buffer, debug, this.end);
  }

  /** @param increment 1 to 2^31 - 1. */
  windowUpdate(streamId: number, increment: number): void {
    this.#head(4, FrameType.WindowUpdate, 0, streamId);
    this.#word(increment);
  }

  /** RFC 9218 section 7.1: clients only. */
  priorityUpdate(streamId: number, value: string): void {
    this.#head(4 + value.length, FrameType.PriorityUpdate, 0, 0);
    this.#word(streamId);
    this.end += latin1Write(this.buffer, value, this.end);
  }

  /** Puts the heads of CONTINUATION into the `left` bytes of a block that stand at `end`: what follows moves back. */
  #continue(streamId: number, left: number, frameBytes: number): void {
    for (let rest = left; rest > 0;) {
      const length = Math.min(rest, frameBytes);
      this.buffer.copyWithin(this.end + frameHeadBytes, this.end, this.end + rest);
      this.#head(length, FrameType.Continuation, rest === length ? Flag.EndHeaders : 0, streamId);
      this.end += length;
      rest -= length;
    }
  }

  #head(length: number, type: number, flags: number, streamId: number): void {
    const { buffer } = this;
    const at = this.end;
    buffer[at] = length >>> 16;
    buffer[at + 1] = (length >>> 8) & 0xff;
    buffer[at + 2] = length & 0xff;
    buffer[at + 3] = type;
    buffer[at + 4] = flags;
    this.end = at + 5;
    this.#word(streamId);
  }

  #word(value: number): void {
    const { buffer } = this;
    const at = this.end;
    buffer[at] = value >>> 24;
    buffer[at + 1] = (value >>> 16) & 0xff;
    buffer[at + 2] = (value >>> 8) & 0xff;
    buffer[at + 3] = value & 0xff;
    this.end = at + 4;
  }
}
