import { ProxyError } from '../../core/errors.ts';
import type { Headers } from '../../core/headers.ts';
import { ChunkLine } from './chunk-line.ts';
import { requestTrailerFaults, responseFaults, type Faults } from './faults.ts';
import { CHUNKED, UNTIL_CLOSE } from './framing.ts';
import { HeadReader } from './head-reader.ts';
import type { MessageLimits } from './limits.ts';
import { parseTrailers } from './trailers.ts';

const LF = 0x0a;
const CR = 0x0d;

/**
 *   LINE --size > 0--> PAYLOAD --all--> AFTER_CR --CR--> AFTER_LF --LF--> LINE
 *     |
 *     size 0
 *     v
 *   LAST --CR--> LAST_LF --LF--> done
 *     |
 *     anything else
 *     v
 *   TRAILERS --empty line--> done
 */
const LINE = 0;
const PAYLOAD = 1;
const AFTER_CR = 2;
const AFTER_LF = 3;
const LAST = 4;
const LAST_LF = 5;
const TRAILERS = 6;

/** Below this many bytes a loop moves them faster than a call of copyWithin. */
const fewBytes = 32;

/**
 * Finds one body in the chunks of a connection and takes its framing off.
 *
 * What `decode` returns lies inside the chunk that it was given, which it changes: payloads are moved together, so that
 * a read with a thousand small chunks makes one slice. A chunk that is all payload is returned as it is.
 */
export class BodyDecoder {
  /** Offset behind the last byte taken; what follows is the next message. */
  end = 0;
  /** The body is complete. */
  done: boolean;
  /** What came behind a chunked body and may be passed on; known when `done`. */
  trailers: Headers | undefined = undefined;
  readonly #limits: MessageLimits;
  readonly #faults: Faults;
  readonly #line: ChunkLine | undefined;
  #untilClose: boolean;
  #trailerReader: HeadReader | undefined = undefined;
  /** Bytes to come of the body or of the chunk. */
  #left: number;
  #state = LINE;
  /** Where the next payload is moved to within the chunk at hand. */
  #write = 0;
  #start = -1;

  /** @param length of the body in bytes, or CHUNKED, or UNTIL_CLOSE. */
  constructor(length: number, limits: MessageLimits, side: 'client' | 'server') {
    this.#limits = limits;
    this.#faults = side === 'client' ? requestTrailerFaults : responseFaults;
    this.#line = length === CHUNKED ? new ChunkLine(limits.chunkExtensionBytes, this.#faults) : undefined;
    this.#untilClose = length === UNTIL_CLOSE;
    this.#left = Math.max(length, 0);
    this.done = length === 0;
  }

  /**
   * Takes this body's bytes from `chunk[from]` on and sets `end` and `done`.
   * @returns the body's bytes among them, or undefined if there are none.
   * @throws {ProxyError} `bad-body` or `trailers-too-large`; from a server `server-junk`. The decoder is of no use after it.
   */
  decode(chunk: Buffer, from: number): Buffer | undefined {
    if (this.#line !== undefined) return this.#decodeChunks(chunk, from, this.#line);
    const available = chunk.length - from;
    const take = this.#untilClose ? available : Math.min(available, this.#left);
    this.end = from + take;
    if (take === 0) return undefined;
    if (!this.#untilClose) {
      this.#left -= take;
      this.done = this.#left === 0;
    }
    return slice(chunk, from, this.end);
  }

  /** The connection has ended: true if that is the end of the body, or if it was complete before. */
  finish(): boolean {
    if (this.#untilClose) this.done = true;
    return this.done;
  }

  #decodeChunks(chunk: Buffer, from: number, line: ChunkLine): Buffer | undefined {
    this.#start = -1;
    let at = from;
    while (at < chunk.length && !this.done) {
      if (this.#state === PAYLOAD) at = this.#payload(chunk, at);
      else if (this.#state === LINE) at = this.#readLine(chunk, at, line);
      else if (this.#state === TRAILERS) at = this.#readTrailers(chunk, at);
      else at = this.#mark(chunk[at]!, at);
    }
    this.end = at;
    return this.#start < 0 ? undefined : slice(chunk, this.#start, this.#write);
  }

  #readLine(chunk: Buffer, at: number, line: ChunkLine): number {
    const next = line.read(chunk, at);
    if (next < 0) return chunk.length;
    this.#left = line.size;
    this.#state = line.size === 0 ? LAST : PAYLOAD;
    return next;
  }

  #payload(chunk: Buffer, at: number): number {
    const take = Math.min(chunk.length - at, this.#left);
    if (this.#start < 0) this.#start = this.#write = at;
    else move(chunk, this.#write, at, take);
    this.#write += take;
    this.#left -= take;
    if (this.#left === 0) this.#state = AFTER_CR;
    return at + take;
  }

  /** The single bytes of CRLF. */
  #mark(byte: number, at: number): number {
    if (this.#state === LAST && byte !== CR) {
      this.#state = TRAILERS;
      return at;
    }
    const wanted = this.#state === AFTER_LF || this.#state === LAST_LF ? LF : CR;
    if (byte !== wanted)
      throw new ProxyError(this.#faults.syntax, 'Cannot read the body: a chunk does not end where its size says');
    this.done = this.#state === LAST_LF;
    if (this.#state === AFTER_CR) this.#state = AFTER_LF;
    else if (this.#state === LAST) this.#state = LAST_LF;
    else this.#state = LINE;
    return at + 1;
  }

  #readTrailers(chunk: Buffer, at: number): number {
    const { trailerBytes } = this.#limits;
    const reader = (this.#trailerReader ??= new HeadReader(
      { ...this.#limits, headBytes: trailerBytes },
      { faults: this.#faults },
    ));
    const text = reader.read(chunk, at);
    if (text !== undefined) {
      this.trailers = parseTrailers(text, this.#limits, this.#faults);
      this.done = true;
    }
    return reader.end;
  }
}

function slice(chunk: Buffer, from: number, to: number): Buffer {
  return from === 0 && to === chunk.length ? chunk : chunk.subarray(from, to);
}

function move(chunk: Buffer, to: number, from: number, bytes: number): void {
  if (bytes > fewBytes) chunk.copyWithin(to, from, from + bytes);
  else for (let i = 0; i < bytes; i++) chunk[to + i] = chunk[from + i]!;
}
