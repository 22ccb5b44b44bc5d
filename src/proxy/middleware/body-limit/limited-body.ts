import type { BodySink, BodySource } from '../../../core/body.ts';
import { ProxyError } from '../../../core/errors.ts';
import type { Headers } from '../../../core/headers.ts';

/** Passes a body on up to so many bytes. The chunk that goes past them is not passed on, and ends the body. */
export class LimitedBody implements BodySource, BodySink {
  readonly #source: BodySource;
  readonly #max: number;
  #left: number;
  #sink: BodySink | undefined;

  constructor(source: BodySource, max: number) {
    this.#source = source;
    this.#max = max;
    this.#left = max;
  }

  get length(): number | undefined {
    return this.#source.length;
  }

  start(sink: BodySink): void {
    this.#sink = sink;
    this.#source.start(this);
  }

  resume(): void {
    this.#source.resume();
  }

  cancel(reason: ProxyError): void {
    this.#sink = undefined;
    this.#source.cancel(reason);
  }

  write(chunk: Buffer): boolean {
    if (this.#sink === undefined) return true;
    if (chunk.length > this.#left) return this.#exceed(this.#sink);
    this.#left -= chunk.length;
    return this.#sink.write(chunk);
  }

  flush(): void {
    this.#sink?.flush();
  }

  end(trailers?: Headers): void {
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.end(trailers);
  }

  abort(error: ProxyError): void {
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.abort(error);
  }

  /** First the client is told to stop, so that the answer says that the connection ends. */
  #exceed(sink: BodySink): boolean {
    const error = tooLarge(this.#max);
    this.#sink = undefined;
    this.#source.cancel(error);
    sink.abort(error);
    return true;
  }
}

export function tooLarge(max: number): ProxyError {
  return new ProxyError('body-too-large', `Cannot take the request body: it is larger than ${max} bytes`);
}
