import type { BodySink, BodySource } from '../../../core/body.ts';
import { ProxyError } from '../../../core/errors.ts';
import type { Headers } from '../../../core/headers.ts';
import type { FeatureEnv } from '../feature.ts';
import { Spool, type SpoolLimits, type SpoolOwner } from './spool.ts';

/**
 * An answer's body on its way to a client that may be slow: it goes through as it comes, and what the client does not take waits
 * in the spool, so that the server is done early. Without room the server waits, as without a buffer.
 */
export class BufferedAnswer implements BodySource, BodySink, SpoolOwner {
  readonly length: number | undefined;
  readonly #source: BodySource;
  readonly #spool: Spool;
  #sink: BodySink | undefined;
  /** The client takes more. */
  #ready = true;
  /** The source waits for us. */
  #waits = false;
  #pumping = false;
  /** How the source ended. */
  #ended: { readonly trailers: Headers | undefined; readonly error: ProxyError | undefined } | undefined;

  constructor(source: BodySource, limits: SpoolLimits, env: Pick<FeatureEnv, 'disk' | 'turn' | 'log'>) {
    this.length = source.length;
    this.#source = source;
    this.#spool = new Spool(limits, env, this);
  }

  start(sink: BodySink): void {
    this.#sink = sink;
    this.#source.start(this);
  }

  resume(): void {
    this.#ready = true;
    this.#pump();
  }

  cancel(reason: ProxyError): void {
    this.#sink = undefined;
    this.#spool.close();
    this.#source.cancel(reason);
  }

  // --- what the server sends -----------------------------------------------------------------------------------

  write(chunk: Buffer): boolean {
    const sink = this.#sink;
    if (sink === undefined) return true;
    if (this.#ready && this.#spool.empty) {
      this.#ready = sink.write(chunk);
      return true;
    }
    this.#spool.push(chunk);
    this.#waits = !this.#spool.hasRoom;
    return !this.#waits;
  }

  flush(): void {
    if (this.#spool.empty) this.#sink?.flush();
  }

  end(trailers?: Headers): void {
    this.#ended ??= { trailers, error: undefined };
    this.#settle();
  }

  /** What has come goes out first: whoever asks for the rest later has more of it then. */
  abort(error: ProxyError): void {
    this.#ended ??= { trailers: undefined, error };
    this.#settle();
  }

  // --- what the client takes -----------------------------------------------------------------------------------

  spoolMoved(): void {
    this.#pump();
  }

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#ready && this.#sink !== undefined) {
      const bytes = this.#spool.take();
      if (bytes === undefined) break;
      this.#ready = this.#sink.write(bytes);
    }
    this.#pumping = false;
    this.#settle();
    if (this.#sink === undefined || this.#ended !== undefined) return;
    if (this.#spool.empty) this.#sink.flush();
    if (!this.#waits || !this.#spool.hasRoom) return;
    this.#waits = false;
    this.#source.resume();
  }

  #settle(): void {
    const { lost } = this.#spool;
    if (lost !== undefined) return this.#lose(lost);
    const sink = this.#sink;
    if (sink === undefined || this.#ended === undefined || !this.#spool.empty) return;
    this.#sink = undefined;
    this.#spool.close();
    if (this.#ended.error === undefined) sink.end(this.#ended.trailers);
    else sink.abort(this.#ended.error);
  }

  #lose(lost: Error): void {
    const sink = this.#sink;
    if (sink === undefined) return;
    const error = new ProxyError('buffer-failed', `Cannot read the buffered answer: ${lost.message}`);
    this.cancel(error);
    sink.abort(error);
  }
}
