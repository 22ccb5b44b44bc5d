import type { ByteSpan } from './byte-span.ts';
import { Flag, frameHeadBytes, FrameType, Http2Code } from './codes.ts';
import { readControlFrame } from './control-frames.ts';
import { badFrame, checkFrameHead, type FrameHead } from './frame-rules.ts';
import type { FrameSink } from './frame-sink.ts';
import { type BlockLimits, checkBlockLength, HeaderBlock, trimHeaders } from './header-block.ts';
import { Http2Error } from './http2-error.ts';
import { clientPreface, matchPreface } from './preface.ts';
import type { Role } from './settings.ts';

/** What the next byte is. */
const PREFACE = 0;
const HEAD = 1;
const PAD_LENGTH = 2;
const DATA = 3;
const PADDING = 4;
/** Of the payload of a frame that means nothing. */
const SKIP = 5;
/** Of a payload that is read as a whole, and did not come as one. */
const GATHER = 6;

/** Room for a payload that comes in pieces, at first. */
const fewBytes = 256;

const nothing = Buffer.alloc(0);

/**
 * Takes what a peer sends apart into frames, however its bytes come (RFC 9113 section 4). DATA is handed on as it comes, without
 * being copied; of other frames at most one is kept, and one header block. Also judges the preface and what must come first.
 */
export class FrameReader {
  readonly #role: Role;
  readonly #limits: BlockLimits;
  readonly #sink: FrameSink;
  readonly #head: FrameHead = { length: 0, type: 0, flags: 0, streamId: 0 };
  /** A frame's payload, lent to the sink. */
  readonly #span: ByteSpan = { buffer: nothing, from: 0, to: 0 };
  #state: number;
  /** Bytes of the preface that have come. */
  #done = 0;
  /** Bytes of this part of the frame that have not come. */
  #left = 0;
  #padding = 0;
  /** A head or payload that came in pieces, with so many bytes in it. */
  #pieces: Buffer | undefined = undefined;
  #held = 0;
  /** Its END_HEADERS has not come: nothing but CONTINUATION may. */
  #block: HeaderBlock | undefined = undefined;
  #greeted = false;
  #stopped = false;

  /** @param role ours: a server expects the preface of a client. */
  constructor(role: Role, limits: BlockLimits, sink: FrameSink) {
    this.#role = role;
    this.#limits = limits;
    this.#sink = sink;
    this.#state = role === 'server' ? PREFACE : HEAD;
  }

  /** The peer's SETTINGS have begun. */
  get greeted(): boolean {
    return this.#greeted;
  }

  /**
   * A header block or a frame other than DATA has begun and not ended: a peer that stays silent now dawdles. How fast a body has to
   * come is a matter of its own.
   */
  get midway(): boolean {
    if (this.#state === HEAD) return this.#held > 0 || this.#block !== undefined;
    return this.#state === GATHER || this.#state === SKIP || this.#state === PREFACE;
  }

  /**
   * Reads `chunk[from..to)` and tells the sink what is in it. It is done with the chunk when it returns.
   * @throws {Http2Error} what ends the connection; what came before it has been told. After it, nothing is read any more.
   */
  read(chunk: Buffer, from = 0, to: number = chunk.length): void {
    let at = from;
    try {
      while (at < to && !this.#stopped) at = this.#step(chunk, at, to);
    } catch (error) {
      this.#stopped = true;
      throw error;
    } finally {
      this.#span.buffer = nothing;
    }
  }

  /** Nothing that comes is wanted any more. The sink may call it, and is still told the rest of what has begun. */
  stop(): void {
    this.#stopped = true;
    this.#pieces = undefined;
    this.#block = undefined;
  }

  #step(chunk: Buffer, at: number, to: number): number {
    switch (this.#state) {
      case HEAD:
        return this.#readHead(chunk, at, to);
      case DATA:
        return this.#readData(chunk, at, to);
      case PADDING:
      case SKIP:
        return this.#skip(at, to);
      case GATHER:
        return this.#gather(chunk, at, to);
      case PAD_LENGTH:
        return this.#readPadLength(chunk, at);
      default:
        return this.#readPreface(chunk, at, to);
    }
  }

  #readPreface(chunk: Buffer, at: number, to: number): number {
    const matched = matchPreface(chunk, at, to, this.#done);
    if (matched < 0) throw new Http2Error(Http2Code.ProtocolError, 'Cannot speak HTTP/2: its preface did not come');
    this.#done += matched;
    if (this.#done === clientPreface.length) this.#state = HEAD;
    return at + matched;
  }

  #readHead(chunk: Buffer, at: number, to: number): number {
    if (this.#held === 0 && to - at >= frameHeadBytes) {
      this.#begin(chunk, at);
      return this.#readPayload(chunk, at + frameHeadBytes, to);
    }
    this.#pieces ??= Buffer.allocUnsafe(frameHeadBytes);
    const end = this.#hold(this.#pieces, chunk, at, Math.min(to, at + frameHeadBytes - this.#held));
    if (this.#held < frameHeadBytes) return end;
    const head = this.#pieces;
    this.#letGo();
    this.#begin(head, 0);
    return this.#readPayload(chunk, end, to);
  }

  /** Reads and judges the head of a frame. */
  #begin(buffer: Buffer, at: number): void {
    const head = this.#head;
    head.length = (buffer[at]! << 16) | (buffer[at + 1]! << 8) | buffer[at + 2]!;
    head.type = buffer[at + 3]!;
    head.flags = buffer[at + 4]!;
    head.streamId = buffer.readUInt32BE(at + 5) & 0x7fff_ffff;
    if (!this.#greeted) this.#checkFirst(head);
    this.#checkBlock(head);
    checkFrameHead(head, this.#role);
    this.#left = head.length;
  }

  #checkFirst({ type, flags }: FrameHead): void {
    if (type !== FrameType.Settings || (flags & Flag.Ack) !== 0)
      throw badFrame(type, Http2Code.ProtocolError, 'SETTINGS must come first');
    this.#greeted = true;
  }

  /** RFC 9113 section 6.10: the frames of a block follow each other. */
  #checkBlock({ type, streamId }: FrameHead): void {
    if (this.#block === undefined) {
      if (type === FrameType.Continuation)
        throw badFrame(type, Http2Code.ProtocolError, 'there is nothing to continue');
    } else if (type !== FrameType.Continuation || streamId !== this.#block.streamId) {
      throw badFrame(type, Http2Code.ProtocolError, `the header block of stream ${this.#block.streamId} has not ended`);
    }
  }

  /** What follows a head: at once where it is all there, else by the states. */
  #readPayload(chunk: Buffer, at: number, to: number): number {
    const { type, length } = this.#head;
    if (type === FrameType.Data) return this.#beginData(at);
    if (isUnknown(type) || (type === FrameType.Priority && length !== 5)) return this.#ignore(at);
    if (to - at >= length) {
      this.#finish(chunk, at, at + length);
      return at + length;
    }
    this.#pieces = Buffer.allocUnsafe(Math.min(length, Math.max(fewBytes, 2 * (to - at))));
    this.#state = GATHER;
    return at;
  }

  #beginData(at: number): number {
    const { streamId, length, flags } = this.#head;
    this.#padding = 0;
    this.#sink.onDataStart(streamId, length);
    if ((flags & Flag.Padded) !== 0) this.#state = PAD_LENGTH;
    else if (length > 0) this.#state = DATA;
    else this.#endData();
    return at;
  }

  #readPadLength(chunk: Buffer, at: number): number {
    this.#padding = chunk[at]!;
    this.#left -= 1 + this.#padding;
    if (this.#left < 0) throw badFrame(FrameType.Data, Http2Code.ProtocolError, 'its padding is too long');
    this.#state = DATA;
    if (this.#left === 0) this.#beginPadding();
    return at + 1;
  }

  #readData(chunk: Buffer, at: number, to: number): number {
    const end = Math.min(to, at + this.#left);
    this.#left -= end - at;
    this.#sink.onData(this.#head.streamId, chunk.subarray(at, end));
    if (this.#left === 0) this.#beginPadding();
    return end;
  }

  #beginPadding(): void {
    this.#left = this.#padding;
    this.#state = PADDING;
    if (this.#left === 0) this.#endData();
  }

  #endData(): void {
    this.#state = HEAD;
    this.#sink.onDataEnd(this.#head.streamId, (this.#head.flags & Flag.EndStream) !== 0);
  }

  #ignore(at: number): number {
    const { type, length, streamId } = this.#head;
    this.#state = length > 0 ? SKIP : HEAD;
    if (type === FrameType.Priority) {
      const fault = badFrame(type, Http2Code.FrameSizeError, `${length} bytes are no length for it`);
      this.#sink.onStreamFault(streamId, fault.code, fault.message);
    } else this.#sink.onIgnored(type, length);
    return at;
  }

  #skip(at: number, to: number): number {
    const end = Math.min(to, at + this.#left);
    this.#left -= end - at;
    if (this.#left > 0) return end;
    if (this.#state === PADDING) this.#endData();
    else this.#state = HEAD;
    return end;
  }

  #gather(chunk: Buffer, at: number, to: number): number {
    const { length } = this.#head;
    const pieces = this.#roomFor(Math.min(length, this.#held + to - at));
    const end = this.#hold(pieces, chunk, at, Math.min(to, at + length - this.#held));
    if (this.#held < length) return end;
    this.#letGo();
    this.#state = HEAD;
    this.#finish(pieces, 0, length);
    return end;
  }

  /** Grows with what comes, so that a frame that is only announced takes no memory. */
  #roomFor(bytes: number): Buffer {
    const pieces = this.#pieces!;
    if (bytes <= pieces.length) return pieces;
    const larger = Buffer.allocUnsafe(Math.min(this.#head.length, 2 * bytes));
    pieces.copy(larger, 0, 0, this.#held);
    this.#pieces = larger;
    return larger;
  }

  #hold(pieces: Buffer, chunk: Buffer, from: number, to: number): number {
    chunk.copy(pieces, this.#held, from, to);
    this.#held += to - from;
    return to;
  }

  #letGo(): void {
    this.#pieces = undefined;
    this.#held = 0;
  }

  /** The whole payload of a frame that is read as one. */
  #finish(buffer: Buffer, from: number, to: number): void {
    const span = this.#span;
    span.buffer = buffer;
    span.from = from;
    span.to = to;
    if (this.#head.type === FrameType.Headers) this.#beginBlock(span);
    else if (this.#head.type === FrameType.Continuation) this.#continueBlock(span);
    else readControlFrame(this.#head, span, this.#role, this.#sink);
  }

  #beginBlock(span: ByteSpan): void {
    const { streamId, flags } = this.#head;
    const endStream = (flags & Flag.EndStream) !== 0;
    const dependsOnItself = trimHeaders(span, this.#head);
    checkBlockLength(span.to - span.from, this.#limits);
    if ((flags & Flag.EndHeaders) !== 0) return this.#sink.onHeaders(streamId, span, endStream, dependsOnItself);
    this.#block = new HeaderBlock(streamId, endStream, dependsOnItself, this.#limits);
    this.#block.add(span.buffer, span.from, span.to);
  }

  #continueBlock(span: ByteSpan): void {
    const block = this.#block!;
    block.continue(span);
    if ((this.#head.flags & Flag.EndHeaders) === 0) return;
    this.#block = undefined;
    this.#sink.onHeaders(block.streamId, block.span(), block.endStream, block.dependsOnItself);
  }
}

function isUnknown(type: number): boolean {
  return type > FrameType.Continuation && type !== FrameType.PriorityUpdate;
}
