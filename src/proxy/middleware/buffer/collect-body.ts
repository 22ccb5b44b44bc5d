import type { BodySink, BodySource } from '../../../core/body.ts';
import { ProxyError } from '../../../core/errors.ts';
import type { Headers } from '../../../core/headers.ts';
import type { FeatureEnv } from '../feature.ts';
import { Spool, type SpoolLimits, type SpoolOwner } from './spool.ts';
import { SpooledBody } from './spooled-body.ts';

/** What became of a body: all of it, or why not. */
export type Collected = { readonly body: BodySource | undefined } | ProxyError;

/** Takes a request body whole before anybody else gets it. */
export class BodyCollector implements BodySink, SpoolOwner {
  readonly #source: BodySource;
  readonly #limits: SpoolLimits;
  readonly #spool: Spool;
  #length = 0;
  #waits = false;
  #result: Collected | undefined;
  #tell: ((result: Collected) => void) | undefined;

  constructor(source: BodySource, limits: SpoolLimits, env: Pick<FeatureEnv, 'disk' | 'turn' | 'log'>) {
    this.#source = source;
    this.#limits = limits;
    this.#spool = new Spool(limits, env, this);
  }

  /** Why it cannot be taken, where the message says so itself. */
  get refusal(): ProxyError | undefined {
    const { memory, disk } = this.#limits;
    return (this.#source.length ?? 0) > memory + disk ? this.#tooLarge() : undefined;
  }

  /** At once, where the whole body is here already. */
  collect(): Collected | Promise<Collected> {
    this.#source.start(this);
    return this.#result ?? new Promise((resolve) => (this.#tell = resolve));
  }

  write(chunk: Buffer): boolean {
    if (this.#result !== undefined) return true;
    this.#length += chunk.length;
    if (this.#length > this.#limits.memory + this.#limits.disk) return this.#fail(this.#tooLarge());
    this.#spool.push(chunk);
    if (this.#spool.trouble !== undefined) return this.#fail(this.#noSpace());
    this.#waits = !this.#spool.hasRoom;
    return !this.#waits;
  }

  flush(): void {
    // All of it waits for the end.
  }

  end(trailers?: Headers): void {
    if (this.#result !== undefined) return;
    if (this.#length === 0 && trailers === undefined) {
      this.#spool.close();
      return this.#finish({ body: undefined });
    }
    this.#finish({ body: new SpooledBody(this.#spool, this.#length, trailers) });
  }

  abort(error: ProxyError): void {
    if (this.#result !== undefined) return;
    this.#spool.close();
    this.#finish(error);
  }

  spoolMoved(): void {
    if (this.#result !== undefined) {
      if ('body' in this.#result && this.#result.body instanceof SpooledBody) this.#result.body.spoolMoved();
      return;
    }
    if (this.#spool.trouble !== undefined) this.#fail(this.#noSpace());
    else if (this.#waits && this.#spool.hasRoom) {
      this.#waits = false;
      this.#source.resume();
    }
  }

  /** First the client is told to stop, so that the answer says that the connection ends. */
  #fail(error: ProxyError): true {
    this.#spool.close();
    this.#source.cancel(error);
    this.#finish(error);
    return true;
  }

  #finish(result: Collected): void {
    this.#result = result;
    this.#tell?.(result);
  }

  #tooLarge(): ProxyError {
    const most = this.#limits.memory + this.#limits.disk;
    return new ProxyError('body-too-large', `Cannot buffer the request body: it is larger than ${most} bytes`);
  }

  #noSpace(): ProxyError {
    const why =
      this.#spool.trouble === 'total'
        ? 'all requests together have as much on disk as they may'
        : 'the disk refuses it';
    return new ProxyError('buffer-failed', `Cannot buffer the request body: ${why}`);
  }
}
