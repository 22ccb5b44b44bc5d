import type { BodySink, BodySource } from '../../../core/body.ts';
import { ProxyError } from '../../../core/errors.ts';
import type { Headers } from '../../../core/headers.ts';
import type { Spool } from './spool.ts';

/** A body that has come whole and waits in a spool. */
export class SpooledBody implements BodySource {
  readonly length: number | undefined;
  readonly #spool: Spool;
  readonly #trailers: Headers | undefined;
  #sink: BodySink | undefined;
  #ready = false;
  #pumping = false;

  /** A body with trailers goes on in chunks: only they have a place for them. */
  constructor(spool: Spool, length: number, trailers: Headers | undefined) {
    this.length = trailers === undefined ? length : undefined;
    this.#spool = spool;
    this.#trailers = trailers;
  }

  start(sink: BodySink): void {
    this.#sink = sink;
    this.resume();
  }

  resume(): void {
    this.#ready = true;
    this.#pump();
  }

  cancel(_reason: ProxyError): void {
    this.#sink = undefined;
    this.#spool.close();
  }

  /** Bytes have come from the disk. */
  spoolMoved(): void {
    this.#pump();
  }

  #pump(): void {
    if (this.#pumping || !this.#ready) return;
    this.#pumping = true;
    while (this.#ready && this.#sink !== undefined) {
      const bytes = this.#spool.take();
      if (bytes === undefined) break;
      this.#ready = this.#sink.write(bytes);
    }
    this.#pumping = false;
    this.#settle();
  }

  #settle(): void {
    const sink = this.#sink;
    if (sink === undefined) return;
    const { lost } = this.#spool;
    if (lost === undefined && !this.#spool.empty) return;
    this.#sink = undefined;
    this.#spool.close();
    if (lost === undefined) sink.end(this.#trailers);
    else sink.abort(new ProxyError('buffer-failed', `Cannot read the buffered body: ${lost.message}`));
  }
}
