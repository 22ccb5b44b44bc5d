import type { BodySink, BodySource } from '../../../core/body.ts';
import type { ProxyError } from '../../../core/errors.ts';

const smallest = 4096;

/** Takes a body whole, up to a limit. */
export class BodyCollector implements BodySink {
  readonly #source: BodySource;
  readonly #limit: number;
  readonly #tooLarge: () => ProxyError;
  readonly #done: PromiseWithResolvers<Buffer> = Promise.withResolvers();
  #bytes: Buffer;
  #length = 0;
  #over = false;

  constructor(source: BodySource, limit: number, tooLarge: () => ProxyError) {
    this.#source = source;
    this.#limit = limit;
    this.#tooLarge = tooLarge;
    this.#bytes = Buffer.allocUnsafeSlow(Math.min(source.length ?? smallest, limit));
  }

  /** All of it. Rejects with a ProxyError. */
  get whole(): Promise<Buffer> {
    return this.#done.promise;
  }

  write(chunk: Buffer): boolean {
    if (this.#over) return true;
    const length = this.#length + chunk.length;
    if (length > this.#limit) {
      const error = this.#tooLarge();
      this.#source.cancel(error);
      this.abort(error);
      return true;
    }
    if (length > this.#bytes.length) this.#grow(length);
    chunk.copy(this.#bytes, this.#length);
    this.#length = length;
    return true;
  }

  flush(): void {
    // All of it waits for the end.
  }

  end(): void {
    this.#over = true;
    this.#done.resolve(this.#bytes.subarray(0, this.#length));
  }

  abort(error: ProxyError): void {
    this.#over = true;
    this.#done.reject(error);
  }

  /** By doubling, so that many small chunks are not copied again and again. */
  #grow(length: number): void {
    const bytes = Buffer.allocUnsafeSlow(Math.min(Math.max(length, this.#bytes.length * 2, smallest), this.#limit));
    this.#bytes.copy(bytes, 0, 0, this.#length);
    this.#bytes = bytes;
  }
}
