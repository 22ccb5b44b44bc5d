import type { BodySink, BodySource } from '../../core/body.ts';
import type { BufferPool } from '../../core/buffer-pool.ts';
import type { ProxyError } from '../../core/errors.ts';
import type { Headers } from '../../core/headers.ts';
import { CHUNKED } from '../../wire/http1/framing.ts';
import { BodyLength } from '../../wire/http2/body-length.ts';
import { HeldBytes } from './held-bytes.ts';

/** The stream that a body comes by. */
export interface InputOwner {
  /** So many bytes are with us no more: the peer may send as many again. @param eager nobody has waited for room. */
  inputUsed(bytes: number, eager: boolean): void;
  /** The sink waits, and nothing is there for it yet: it is to be flushed when all that came has been read. */
  inputAwaited(): void;
  /** The sink wants no more; what still comes is dropped. */
  inputCancelled(): void;
  /** The sink has been given all of it. */
  inputTaken(): void;
  readonly buffers: BufferPool;
}

/**
 * The body of a message that comes by a stream of HTTP/2, or a tunnel's bytes.
 *
 *           start()            END_STREAM, or cancel()
 *  UNREAD ----------> FLOWING --------------------------> OVER
 *
 * What the sink does not take at once is kept, which costs memory: the peer gets credit for bytes only when they have gone on, so
 * what is kept is never more than the stream's window.
 */
export class StreamInput implements BodySource {
  readonly length: number | undefined;
  readonly #owner: InputOwner;
  readonly #announced: BodyLength;
  #sink: BodySink | undefined;
  #held: HeldBytes | undefined;
  #trailers: Headers | undefined;
  #failure: ProxyError | undefined;
  /** The sink asked to wait. */
  paused = false;
  /** The sink has asked to wait since somebody last set this to false: its slowness is not the peer's. */
  slowed = false;
  /** All its bytes have come; some may still be kept. */
  complete = false;
  over = false;
  bytes = 0;

  /** @param length bytes of the body, or CHUNKED: its end will tell. */
  constructor(length: number, owner: InputOwner) {
    this.length = length === CHUNKED ? undefined : length;
    this.#announced = new BodyLength(length);
    this.#owner = owner;
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
    if (this.#held === undefined && !this.complete) this.#owner.inputAwaited();
    this.#giveHeld();
  }

  resume(): void {
    if (!this.paused || this.over) return;
    this.paused = false;
    this.#giveHeld();
  }

  cancel(_reason: ProxyError): void {
    if (this.over) return;
    this.#finish();
    this.#owner.inputCancelled();
  }

  /** Bytes came, which are lent. @returns false: they are more than the message announced. */
  take(bytes: Buffer): boolean {
    if (!this.#announced.take(bytes.length)) return false;
    this.bytes += bytes.length;
    if (this.over) this.#owner.inputUsed(bytes.length, false);
    else if (this.#sink === undefined || this.paused || this.#held !== undefined) this.#hold(bytes);
    else this.#give(bytes);
    return true;
  }

  /** Nothing more comes right now. */
  flush(): void {
    if (!this.over) this.#sink?.flush();
  }

  /** END_STREAM came. @returns false: bytes that were announced are missing. */
  end(trailers: Headers | undefined): boolean {
    if (!this.#announced.mayEnd) return false;
    this.complete = true;
    this.#trailers = trailers;
    if (this.#held === undefined) this.#end();
    return true;
  }

  /** The body breaks off. */
  fail(error: ProxyError): void {
    if (this.over) return;
    const sink = this.#sink;
    this.#finish();
    if (sink) sink.abort(error);
    else this.#failure = error;
  }

  #give(bytes: Buffer): void {
    if (!this.#sink!.write(bytes)) this.paused = this.slowed = true;
    this.#owner.inputUsed(bytes.length, !this.paused);
  }

  #giveHeld(): void {
    const held = this.#held;
    if (held !== undefined) {
      // What comes while the sink is at it comes behind.
      this.#held = undefined;
      this.#give(held.view);
      held.free();
      if (!this.over && this.#held === undefined) this.#sink?.flush();
    }
    if (this.complete && this.#held === undefined) this.#end();
  }

  #end(): void {
    if (this.#sink === undefined || this.over) return;
    const sink = this.#sink;
    const trailers = this.#trailers;
    this.#finish();
    sink.end(trailers);
    this.#owner.inputTaken();
  }

  /** The stream came to nothing: what is kept of a part is of no use, and must not count any more. The user says `fail`. */
  drop(): void {
    if (this.complete) return; // A reset behind the end takes nothing back (RFC 9113 section 8.1).
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#dropped(held);
  }

  #finish(): void {
    this.over = true;
    this.#sink = undefined;
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#dropped(held);
  }

  #dropped(held: HeldBytes): void {
    this.#owner.inputUsed(held.length, false);
    held.free();
  }

  #hold(bytes: Buffer): void {
    if (this.#held === undefined) this.#held = new HeldBytes(bytes, 0, this.#owner.buffers);
    else this.#held.add(bytes);
  }
}
