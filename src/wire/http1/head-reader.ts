import { ProxyError } from '../../core/errors.ts';
import { latin1Slice } from '../../core/latin1.ts';
import { fieldChar } from '../chars.ts';
import { requestFaults, responseFaults, type Faults } from './faults.ts';
import type { MessageLimits } from './limits.ts';

const HTAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;

/** Empty lines skipped before a request's head (RFC 9112 section 2.2 asks for one; old clients end a POST with it). */
const maxEmptyLines = 4;
/** `#turn`: what follows the line end has not come yet. */
const PENDING = -1;

export interface HeadReaderOptions {
  /** A bare LF ends a line, and empty lines may precede an answer: for servers that know no better, never for clients. */
  readonly lenient?: boolean;
  /** What errors are called; default: as for a request. */
  readonly faults?: Faults;
}

/**
 * Finds heads in the chunks of one connection.
 *
 * It walks every byte once and so answers for the characters, which the parsers behind it rely on: a head that it
 * returns has lines separated by CRLF, none of which begins with white space (obs-fold), and within them neither CR nor
 * LF nor any control character but HTAB. One walk over bytes costs half of what a check of the same text costs.
 *
 * The usual head lies whole in one chunk, and nothing is copied. Otherwise its beginning is kept here, at most
 * `headBytes`, and every byte is walked once however it was split.
 */
export class HeadReader {
  /** Offset behind the head's empty line, or behind the last byte taken. */
  end = 0;
  readonly #limits: MessageLimits;
  readonly #lenient: boolean;
  readonly #faults: Faults;
  /** Nothing allows an empty line before an answer: one there may be the end of a body that we took for shorter. */
  readonly #maxEmptyLines: number;
  /** The beginning of a head whose end has not come; its first `#length` bytes are filled. */
  #kept: Buffer | undefined = undefined;
  #length = 0;
  /** Where the walk goes on: at the first byte not judged, or at a line end whose next line has not begun. */
  #at = 0;
  #lineStart = 0;
  #bareLf = false;
  #complete = false;
  #emptyLines = 0;
  /** A CR before the head came without its LF yet. */
  #crPending = false;

  constructor(limits: MessageLimits, options: HeadReaderOptions = {}) {
    this.#limits = limits;
    this.#lenient = options.lenient ?? false;
    this.#faults = options.faults ?? requestFaults;
    this.#maxEmptyLines = this.#faults === responseFaults && !this.#lenient ? 0 : maxEmptyLines;
  }

  /** A head has begun (empty lines before it do not count) and is not complete. */
  get begun(): boolean {
    return this.#length > 0;
  }

  /** Forgets what has come of a head. */
  reset(): void {
    this.#kept = undefined;
    this.#length = this.#at = this.#lineStart = this.#emptyLines = 0;
    this.#bareLf = this.#complete = this.#crPending = false;
  }

  /**
   * Takes bytes from `chunk[from]` on, at most to the end of a head; `end` tells how far. The chunk is lent.
   * @returns the head without its last CRLF and the empty line; undefined where more is needed, all bytes being taken.
   * @throws {ProxyError} by `faults`, as soon as no continuation could make a good head. The reader is of no use after it.
   */
  read(chunk: Buffer, from: number): string | undefined {
    if (this.#length > 0) return this.#readOn(chunk, from);
    const start = this.#skipEmptyLines(chunk, from);
    if (start >= chunk.length) return this.#all(chunk);
    this.#lineStart = start;
    const to = Math.min(chunk.length, start + this.#limits.headBytes);
    const end = this.#walk(chunk, start, start, to);
    if (this.#complete) return this.#finish(chunk, start, end);
    this.#checkSize(to - start, start);
    this.#keep(chunk, start);
    return this.#all(chunk);
  }

  /** Joins the chunk to what was kept and walks on there. No more than `headBytes` are ever copied for one head. */
  #readOn(chunk: Buffer, from: number): string | undefined {
    const before = this.#length;
    const take = Math.min(chunk.length - from, this.#limits.headBytes - before);
    const kept = this.#grow(before + take);
    chunk.copy(kept, before, from, from + take);
    this.#length = before + take;
    const end = this.#walk(kept, this.#at, 0, this.#length);
    if (this.#complete) return this.#finish(kept, 0, end, from + end - before);
    this.#checkSize(this.#length, 0);
    return this.#all(chunk);
  }

  #all(chunk: Buffer): undefined {
    this.end = chunk.length;
    return undefined;
  }

  #skipEmptyLines(chunk: Buffer, from: number): number {
    let at = from;
    for (; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (byte === LF && (this.#crPending || this.#lenient)) this.#crPending = false;
      else if (this.#crPending) throw this.#bad('bare CR before it');
      else if (byte === CR) this.#crPending = true;
      else break;
      if (!this.#crPending && ++this.#emptyLines > this.#maxEmptyLines)
        throw this.#bad(`more than ${this.#maxEmptyLines} empty lines before it`);
    }
    return at;
  }

  /**
   * Walks the head that begins at `start`, from `from` on. When a head is complete, sets `#complete` and `#at` (the end of its last line) and returns the offset
   * behind its empty line. Otherwise sets `#at` to where to go on.
   */
  #walk(bytes: Buffer, from: number, start: number, to: number): number {
    let at = from;
    for (;;) {
      at = skipPlain(bytes, at, to);
      if (at - this.#lineStart > this.#limits.lineBytes) throw this.#tooLong(start);
      this.#at = at;
      if (at >= to) return PENDING;
      const next = this.#turn(bytes, at, to);
      if (next === PENDING || this.#complete) return next;
      at = this.#lineStart = next;
    }
  }

  /** At a byte that is not plain: a line end, or an error. Returns where the next line begins or, if `#complete`, the head ends. */
  #turn(bytes: Buffer, at: number, to: number): number {
    const next = this.#lineEnd(bytes, at, to);
    if (next === PENDING || next >= to) return PENDING;
    const byte = bytes[next]!;
    if (byte === CR || byte === LF) {
      const end = this.#lineEnd(bytes, next, to);
      this.#complete = end !== PENDING;
      return end;
    }
    if (byte === SP || byte === HTAB) throw this.#bad('a line begins with white space (obs-fold)');
    return next;
  }

  /** The offset behind the line end at `at`. */
  #lineEnd(bytes: Buffer, at: number, to: number): number {
    const byte = bytes[at]!;
    if (byte === CR) {
      if (at + 1 >= to) return PENDING;
      if (bytes[at + 1] === LF) return at + 2;
      throw this.#bad('bare CR');
    }
    if (byte !== LF) throw this.#bad(`control character 0x${byte.toString(16).padStart(2, '0')}`);
    if (!this.#lenient) throw this.#bad('bare LF');
    this.#bareLf = true;
    return at + 1;
  }

  #finish(bytes: Buffer, start: number, end: number, endInChunk: number = end): string {
    const text = latin1Slice(bytes, start, this.#at);
    const clean = this.#bareLf ? text.replaceAll('\r\n', '\n').replaceAll('\n', '\r\n') : text;
    this.reset();
    this.end = endInChunk;
    return clean;
  }

  #keep(chunk: Buffer, start: number): void {
    const length = chunk.length - start;
    chunk.copy(this.#grow(length), 0, start);
    this.#length = length;
    this.#at -= start;
    this.#lineStart -= start;
  }

  /** Doubles the room as needed, so that copying stays linear. Not from Node's pool: a slice would keep 64 kB alive. */
  #grow(needed: number): Buffer {
    const old = this.#kept;
    if (old !== undefined && old.length >= needed) return old;
    const kept = Buffer.allocUnsafeSlow(Math.max(needed, Math.min(needed * 2 + 256, this.#limits.headBytes)));
    old?.copy(kept, 0, 0, this.#length);
    this.#kept = kept;
    return kept;
  }

  /** An incomplete head that fills its limit cannot end within it. */
  #checkSize(length: number, start: number): void {
    if (length < this.#limits.headBytes) return;
    if (this.#lineStart === start) throw this.#tooLong(start);
    throw new ProxyError(this.#faults.size, `Cannot read the head: it is longer than ${this.#limits.headBytes} bytes`);
  }

  #tooLong(start: number): ProxyError {
    const code = this.#lineStart === start ? this.#faults.line : this.#faults.size;
    return new ProxyError(
      code,
      `Cannot read the head: a line is longer than ${Math.min(this.#limits.lineBytes, this.#limits.headBytes)} bytes`,
    );
  }

  #bad(what: string): ProxyError {
    return new ProxyError(this.#faults.syntax, `Cannot read the head: ${what}`);
  }
}

/** The first byte from `from` on that may not stand within a line, or `to`. By fours: this loop is most of the cost. */
function skipPlain(bytes: Buffer, from: number, to: number): number {
  // A constant of another module is looked up each time, a local one is not.
  const plain = fieldChar;
  let at = from;
  for (const last = to - 4; at <= last; at += 4) {
    if ((plain[bytes[at]!]! & plain[bytes[at + 1]!]! & plain[bytes[at + 2]!]! & plain[bytes[at + 3]!]!) !== 1) break;
  }
  while (at < to && plain[bytes[at]!] === 1) at++;
  return at;
}
