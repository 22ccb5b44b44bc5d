import type { Headers } from './headers.ts';
import type { ProxyError } from './errors.ts';

/**
 * Where body bytes go.
 *
 * (1) A chunk is lent until `write` returns: whoever keeps it copies it. The sink may not change it.
 * (2) `write` returning false means 'wait until I call `source.resume()`'. What the source has already read may still come.
 * (3) `end` or `abort` comes once and last; later calls are ignored.
 * (4) None of these throws.
 */
export interface BodySink {
  write(chunk: Buffer): boolean;
  /** The source has nothing more right now: what was held back to be joined must leave. */
  flush(): void;
  end(trailers?: Headers): void;
  abort(error: ProxyError): void;
}

/**
 * Where body bytes come from. It gives nothing before `start`, which is called at most once; `start` may call the sink
 * before it returns.
 */
export interface BodySource {
  /** Bytes that will come, if the message said so; undefined where only the end will tell. */
  readonly length: number | undefined;
  start(sink: BodySink): void;
  /** Go on after `write` returned false. */
  resume(): void;
  /** The sink wants no more; nothing is called on the sink afterwards. May be called without `start`. */
  cancel(reason: ProxyError): void;
}
