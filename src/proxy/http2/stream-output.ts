import type { BodySink, BodySource } from '../../core/body.ts';
import type { BufferPool } from '../../core/buffer-pool.ts';
import type { ProxyError } from '../../core/errors.ts';
import type { Headers } from '../../core/headers.ts';
import type { Priority } from '../../wire/http2/priority.ts';
import type { SendWindow } from '../../wire/http2/window.ts';
import { HeldBytes } from './held-bytes.ts';

const unsaid: Priority = { urgency: 3, incremental: true };

/** The stream that a body goes by, as its body sees it. */
export interface OutputOwner {
  readonly id: number;
  /** What the peer lets us send on this stream. */
  readonly sendWindow: SendWindow;
  /**
   * Sends what may go now of `bytes[from..]` as DATA frames.
   * @returns the offset behind what has gone.
   */
  sendData(bytes: Buffer, from: number): number;
  /** Ends the stream: nothing is kept any more. */
  sendEnd(trailers: Headers | undefined): void;
  /** Bytes are kept, or the source has been asked to wait: `proceed` and `resumeSource` are called when there is room. */
  outputWaits(): void;
  /** The connection takes no more right now, whatever the stream might send. */
  readonly backedUp: boolean;
  readonly buffers: BufferPool;
  outputBroken(error: ProxyError): void;
}

/**
 * The body of a message that goes by a stream of HTTP/2, or a tunnel's bytes. What the peer's windows do not let through is kept:
 * at most what the source had read already when it was asked to wait.
 */
export class StreamOutput implements BodySink {
  readonly #owner: OutputOwner;
  #source: BodySource | undefined;
  #held: HeldBytes | undefined;
  #trailers: Headers | undefined;
  #ended = false;
  #open = true;
  /** Who says nothing of it, wants something of everything: no long answer is to keep the others back. */
  priority: Priority = unsaid;
  /** Bytes of the body so far, sent or kept. */
  bytes = 0;
  /** Of those, bytes that have been sent: stands still where the peer gives no room. */
  sent = 0;

  constructor(owner: OutputOwner) {
    this.#owner = owner;
  }

  /** Bytes wait for room. */
  get waiting(): boolean {
    return this.#held !== undefined;
  }

  /** The end has not been handed over. */
  get open(): boolean {
    return this.#open;
  }

  begin(source: BodySource): void {
    this.#source = source;
    source.start(this);
  }

  write(chunk: Buffer): boolean {
    if (!this.#open || chunk.length === 0) return true;
    this.bytes += chunk.length;
    const at = this.#held === undefined ? this.#send(chunk, 0) : 0;
    if (at < chunk.length) this.#hold(chunk, at);
    else if (this.#owner.backedUp) this.#owner.outputWaits();
    return this.#held === undefined && !this.#owner.backedUp;
  }

  flush(): void {
    // All frames leave at the end of the turn.
  }

  end(trailers?: Headers): void {
    if (!this.#open || this.#ended) return;
    this.#ended = true;
    this.#trailers = trailers;
    if (this.#held === undefined) this.#finish();
  }

  abort(error: ProxyError): void {
    if (!this.#open || this.#ended) return;
    this.#open = false;
    this.dropHeld();
    this.#source = undefined;
    this.#owner.outputBroken(error);
  }

  /** There may be room for some of what is kept. */
  proceed(): void {
    const held = this.#held;
    if (held === undefined) return;
    held.drop(this.#send(held.view, 0));
    if (held.length > 0) return;
    this.dropHeld();
    if (this.#ended) this.#finish();
  }

  /** All that was kept has gone, and so may what comes next: the source goes on. */
  resumeSource(): void {
    if (this.#open && !this.#ended && this.#held === undefined) this.#source?.resume();
  }

  /** The message is given up from this side: its source is told, the owner is not. */
  cancel(error: ProxyError): void {
    if (!this.#open) return;
    this.#open = false;
    this.dropHeld();
    const source = this.#source;
    this.#source = undefined;
    if (!this.#ended) source?.cancel(error);
  }

  /** What is kept will not be sent. */
  dropHeld(): void {
    this.#held?.free();
    this.#held = undefined;
  }

  #finish(): void {
    this.#open = false;
    this.#source = undefined;
    this.#owner.sendEnd(this.#trailers);
  }

  #send(bytes: Buffer, from: number): number {
    const to = this.#owner.sendData(bytes, from);
    this.sent += to - from;
    return to;
  }

  #hold(chunk: Buffer, at: number): void {
    // A source that goes on before it is asked to has read these bytes already.
    if (this.#held !== undefined) return this.#held.add(chunk);
    this.#held = new HeldBytes(chunk, at, this.#owner.buffers);
    this.#owner.outputWaits();
  }
}
