import { ProxyError } from '../../core/errors.ts';
import { ChunkExtension } from './chunk-extension.ts';
import type { Faults } from './faults.ts';

const LF = 0x0a;
const CR = 0x0d;
/** More cannot be needed for a size that we can count, and leading zeros are nothing to pay for. */
const maxDigits = 16;

/**
 *   DIGITS --; or a blank--> EXTENSION
 *     |                          |
 *     CR                         CR, where an extension may end
 *     v                          v
 *   LINE_FEED <------------------'   --LF--> the size is known
 */
const DIGITS = 0;
const EXTENSION = 1;
const LINE_FEED = 2;

/**
 * Reads the lines that begin chunks (RFC 9112 section 7.1): hexadecimal digits, then nothing or extensions, which are
 * skipped and counted. Bytes may come one by one. CRLF only: a bare LF here is how requests are smuggled.
 */
export class ChunkLine {
  /** Of the chunk whose line was read last. */
  size = 0;
  readonly #faults: Faults;
  /** Bytes of extensions that the rest of the body may still bring. */
  #extensionBytes: number;
  #digits = 0;
  #state = DIGITS;
  readonly #extension: ChunkExtension = new ChunkExtension();

  constructor(extensionBytes: number, faults: Faults) {
    this.#extensionBytes = extensionBytes;
    this.#faults = faults;
  }

  /**
   * Takes bytes from `at` on, at most to the end of the line.
   * @returns the offset behind the line, or -1 where all bytes were taken and more are needed.
   * @throws {ProxyError} `syntax` of the faults.
   */
  read(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      if (this.#take(chunk[at]!)) return at + 1;
    }
    return -1;
  }

  /** True when the byte ends the line. */
  #take(byte: number): boolean {
    if (this.#state === LINE_FEED) {
      if (byte !== LF) throw this.#bad('a bare CR in the line of a chunk');
      this.#state = DIGITS;
      this.#digits = 0;
      return true;
    }
    if (byte === CR && this.#mayEnd()) this.#state = LINE_FEED;
    else if (this.#state === EXTENSION) this.#extend(byte);
    else this.#digit(byte);
    return false;
  }

  #mayEnd(): boolean {
    return this.#state === DIGITS ? this.#digits > 0 : this.#extension.complete;
  }

  #digit(byte: number): void {
    const digit = hexDigit(byte);
    if (digit < 0) {
      if (this.#digits === 0) throw this.#bad('the size of a chunk is not hexadecimal');
      this.#state = EXTENSION;
      this.#extension.begin();
      return this.#extend(byte);
    }
    this.size = this.#digits === 0 ? digit : this.size * 16 + digit;
    if (++this.#digits > maxDigits || this.size > Number.MAX_SAFE_INTEGER)
      throw this.#bad('the size of a chunk is too large');
  }

  #extend(byte: number): void {
    if (--this.#extensionBytes < 0) throw this.#bad('too many bytes of chunk extensions');
    if (!this.#extension.take(byte)) throw this.#bad('what follows the size of a chunk is no extension');
  }

  #bad(why: string): ProxyError {
    return new ProxyError(this.#faults.syntax, `Cannot read the body: ${why}`);
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
