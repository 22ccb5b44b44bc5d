import type { BodySink, BodySource } from '../../../core/body.ts';
import { ProxyError } from '../../../core/errors.ts';
import { PassedBody } from '../../../core/passed-body.ts';

/** Passes a body on up to so many bytes. The chunk that goes past them is not passed on, and ends the body. */
export class LimitedBody extends PassedBody {
  readonly #max: number;
  #left: number;

  constructor(source: BodySource, max: number) {
    super(source);
    this.#max = max;
    this.#left = max;
  }

  override write(chunk: Buffer): boolean {
    const { sink } = this;
    if (sink !== undefined && chunk.length > this.#left) return this.#exceed(sink);
    this.#left -= chunk.length;
    return super.write(chunk);
  }

  /** First the client is told to stop, so that the answer says that the connection ends. */
  #exceed(sink: BodySink): boolean {
    const error = tooLarge(this.#max);
    this.cancel(error);
    sink.abort(error);
    return true;
  }
}

export function tooLarge(max: number): ProxyError {
  return new ProxyError('body-too-large', `Cannot take the request body: it is larger than ${max} bytes`);
}
