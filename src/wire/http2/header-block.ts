import type { ByteSpan } from './byte-span.ts';
import { Flag, FrameType, Http2Code } from './codes.ts';
import { badFrame, type FrameHead } from './frame-rules.ts';
import type { Http2Error } from './http2-error.ts';

/** Bounds of one header block as it is sent. Past them the connection ends with ENHANCE_YOUR_CALM. */
export interface BlockLimits {
  readonly blockBytes: number;
  /** CONTINUATION frames of one block, for they may be empty. */
  readonly continuations: number;
}

/** A header block that comes in several frames, put together. */
export class HeaderBlock {
  /** Whose block it is. */
  readonly streamId: number;
  readonly endStream: boolean;
  /** By the priority that its HEADERS carry. */
  readonly dependsOnItself: boolean;
  readonly #limits: BlockLimits;
  #bytes: Buffer;
  #length = 0;
  #continuations = 0;

  constructor(streamId: number, endStream: boolean, dependsOnItself: boolean, limits: BlockLimits) {
    this.streamId = streamId;
    this.endStream = endStream;
    this.dependsOnItself = dependsOnItself;
    this.#limits = limits;
    this.#bytes = Buffer.allocUnsafe(Math.min(4096, limits.blockBytes));
  }

  /** @throws {Http2Error} ENHANCE_YOUR_CALM past the limits. */
  continue({ buffer, from, to }: ByteSpan): void {
    if (++this.#continuations > this.#limits.continuations)
      throw calm(`more than ${this.#limits.continuations} of them in one block`);
    this.add(buffer, from, to);
  }

  /** @throws {Http2Error} ENHANCE_YOUR_CALM past the limit. */
  add(buffer: Buffer, from: number, to: number): void {
    const length = this.#length + to - from;
    checkBlockLength(length, this.#limits);
    if (length > this.#bytes.length) this.#grow(length);
    buffer.copy(this.#bytes, this.#length, from, to);
    this.#length = length;
  }

  /** All of it. */
  span(): ByteSpan {
    return { buffer: this.#bytes, from: 0, to: this.#length };
  }

  #grow(length: number): void {
    const bytes = Buffer.allocUnsafe(Math.min(this.#limits.blockBytes, Math.max(length, this.#bytes.length * 2)));
    this.#bytes.copy(bytes, 0, 0, this.#length);
    this.#bytes = bytes;
  }
}

/** @throws {Http2Error} ENHANCE_YOUR_CALM past the limit. */
export function checkBlockLength(length: number, limits: BlockLimits): void {
  if (length > limits.blockBytes) throw calm(`the header block is larger than ${limits.blockBytes} bytes`);
}

/**
 * Takes from the payload of a HEADERS frame, in place, what is no part of the block: padding and the priority of former days
 * (RFC 9113 section 6.2).
 * @returns whether the priority says that the stream depends on itself.
 * @throws {Http2Error} PROTOCOL_ERROR: more padding than there is room for.
 */
export function trimHeaders(payload: ByteSpan, { flags, streamId }: FrameHead): boolean {
  let dependsOnItself = false;
  if ((flags & Flag.Padded) !== 0) {
    payload.to -= payload.buffer[payload.from]!;
    payload.from++;
  }
  if ((flags & Flag.Priority) !== 0) {
    dependsOnItself = dependency(payload) === streamId;
    payload.from += 5;
  }
  if (payload.to < payload.from) throw badFrame(FrameType.Headers, Http2Code.ProtocolError, 'its padding is too long');
  return dependsOnItself;
}

/** The stream that a priority of RFC 7540 makes its own depend on (section 6.3). */
export function dependency({ buffer, from }: ByteSpan): number {
  return buffer.readUInt32BE(from) & 0x7fff_ffff;
}

function calm(why: string): Http2Error {
  return badFrame(FrameType.Continuation, Http2Code.EnhanceYourCalm, why);
}
