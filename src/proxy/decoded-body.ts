import type { BodySink, BodySource } from '../core/body.ts';
import type { ProxyError } from '../core/errors.ts';
import type { BodyDecoder } from '../wire/http1/body-decoder.ts';

/** The connection that a body is read from. */
export interface BodyReader {
  /** The body is wanted (again): give it what is there and read on. */
  bodyWanted(): void;
  /**
   * The body is not wanted any more: the connection cannot carry another message unless it has been read whole. Whoever wants to
   * read it all the same calls `divert`.
   */
  bodyCancelled(): void;
}

/**
 * The body of a message that comes in over HTTP/1, or a tunnel's bytes: the same for requests and answers.
 *
 *           start()            last byte, FIN, or cancel()
 *  UNREAD ----------> FLOWING -----------------------------> OVER
 */
export class DecodedBody implements BodySource {
  readonly length: number | undefined;
  readonly #reader: BodyReader;
  #decoder: BodyDecoder;
  #sink: BodySink | undefined;
  /** It broke off before anybody wanted it. */
  #failure: ProxyError | undefined;
  /** The sink asked to wait. */
  paused = false;
  /** The sink has asked to wait since somebody last set this to false: its slowness is not the peer's. */
  slowed = false;
  /** All its bytes have come. */
  complete = false;
  over = false;
  bytes = 0;

  constructor(length: number, decoder: BodyDecoder, reader: BodyReader) {
    this.length = length >= 0 ? length : undefined;
    this.#decoder = decoder;
    this.#reader = reader;
  }

  get flowing(): boolean {
    return this.#sink !== undefined && !this.over;
  }

  start(sink: BodySink): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) return sink.abort(failure);
    if (this.over || this.#sink) return;
    this.#sink = sink;
    this.#reader.bodyWanted();
  }

  resume(): void {
    if (!this.paused || this.over) return;
    this.paused = false;
    this.#reader.bodyWanted();
  }

  cancel(_reason: ProxyError): void {
    if (this.over) return;
    this.over = true;
    this.#sink = undefined;
    this.#reader.bodyCancelled();
  }

  /** The rest of a body that was cancelled goes there. Only within `bodyCancelled`. */
  divert(sink: BodySink): void {
    this.over = this.paused = false;
    this.#sink = sink;
    this.#reader.bodyWanted();
  }

  /**
   * Takes this body's bytes from `chunk[from..]`. Where the last of them was among them, `complete` is true afterwards, and
   * the caller calls `end` once it is ready for what the end sets off: the next request may come from within.
   * @returns the offset behind them.
   * @throws {ProxyError} where the framing is broken; the caller then ends the body by `fail`.
   */
  take(chunk: Buffer, from: number): number {
    const decoder = this.#decoder;
    const bytes = decoder.decode(chunk, from);
    if (bytes) {
      this.bytes += bytes.length;
      const sink = this.#sink;
      if (sink && !sink.write(bytes) && sink === this.#sink) this.paused = this.slowed = true;
    }
    this.complete = decoder.done;
    return decoder.end;
  }

  flush(): void {
    if (!this.over) this.#sink?.flush();
  }

  /** Tells the sink that the body is whole. */
  end(): void {
    if (this.over) return;
    this.over = true;
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.end(this.#decoder.trailers);
  }

  /** The peer closed its side. @returns false if that cut the body off. */
  finish(): boolean {
    if (this.over) return true;
    if (!this.#decoder.finish()) return false;
    this.end();
    return true;
  }

  /** The body breaks off. */
  fail(error: ProxyError): void {
    if (this.over) return;
    this.over = true;
    if (this.#sink) this.#sink.abort(error);
    else this.#failure = error;
    this.#sink = undefined;
  }
}
