import type { BodySink, BodySource } from './body.ts';
import type { ProxyError } from './errors.ts';
import type { Headers } from './headers.ts';

/** A body on its way, to be looked at by whoever extends this: all of it is passed on as it comes, until it ends or is cancelled. */
export class PassedBody implements BodySource, BodySink {
  protected readonly source: BodySource;
  /** Undefined before the start and after the end: nothing goes on then. */
  protected sink: BodySink | undefined;

  constructor(source: BodySource) {
    this.source = source;
  }

  get length(): number | undefined {
    return this.source.length;
  }

  start(sink: BodySink): void {
    this.sink = sink;
    this.source.start(this);
  }

  resume(): void {
    this.source.resume();
  }

  cancel(reason: ProxyError): void {
    this.sink = undefined;
    this.source.cancel(reason);
  }

  write(chunk: Buffer): boolean {
    return this.sink?.write(chunk) ?? true;
  }

  flush(): void {
    this.sink?.flush();
  }

  end(trailers?: Headers): void {
    const { sink } = this;
    this.sink = undefined;
    sink?.end(trailers);
  }

  abort(error: ProxyError): void {
    const { sink } = this;
    this.sink = undefined;
    sink?.abort(error);
  }
}
