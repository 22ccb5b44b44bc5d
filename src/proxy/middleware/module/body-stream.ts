import { ReadableStream, type ReadableStreamDefaultController } from 'node:stream/web';

import type { BodySink, BodySource } from '../../../core/body.ts';
import { ProxyError } from '../../../core/errors.ts';

/** Whose body it is. */
export interface StreamOwner {
  readonly env: { turn(action: () => void): void };
  /** Called before the bytes begin to come. */
  onStart(): void;
  /** Nobody here wants it any more. @param started some of its bytes may have come. */
  discard(source: BodySource, started: boolean, reason: ProxyError): void;
}

/**
 * A body as a stream, for people's own middleware. Nothing is read ahead: the source begins with the first read, and waits
 * between two. Chunks are copied, as they are only lent.
 */
export class BodyStream implements BodySink {
  readonly stream: ReadableStream<Uint8Array>;
  readonly #owner: StreamOwner;
  /** Undefined: over, or somebody else has it. */
  #source: BodySource | undefined;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #started = false;
  #paused = false;

  constructor(source: BodySource, owner: StreamOwner) {
    this.#source = source;
    this.#owner = owner;
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#controller = controller),
        pull: () => this.#pull(),
        cancel: () => this.#drop(new ProxyError('middleware-failed', 'Cannot go on: the body is not wanted any more')),
      },
      { highWaterMark: 0 },
    );
  }

  /** Somebody has read from it, or is about to. */
  get touched(): boolean {
    return this.#started || this.stream.locked;
  }

  /** The source goes another way: whoever reads from now on is told so. */
  detach(): void {
    this.#source = undefined;
    this.#error(new TypeError('Cannot read the body: it has gone on without this stream'));
  }

  /** It breaks off for both sides. */
  cancel(error: ProxyError): void {
    if (this.#source === undefined) return;
    this.#drop(error);
    this.#error(error);
  }

  #pull(): void {
    const source = this.#source;
    if (source === undefined) return;
    this.#owner.env.turn(() => {
      if (!this.#started) {
        this.#started = true;
        this.#owner.onStart();
        source.start(this);
      } else if (this.#paused) {
        this.#paused = false;
        source.resume();
      }
    });
  }

  #drop(error: ProxyError): void {
    const source = this.#source;
    this.#source = undefined;
    if (source !== undefined) this.#owner.discard(source, this.#started, error);
  }

  #error(error: Error): void {
    this.#controller?.error(error);
    this.#controller = undefined;
  }

  // --- what the source says ------------------------------------------------------------------------------------

  write(chunk: Buffer): boolean {
    const controller = this.#controller;
    if (this.#source === undefined || controller === undefined || chunk.length === 0) return true;
    controller.enqueue(new Uint8Array(chunk));
    this.#paused = (controller.desiredSize ?? 0) <= 0;
    return !this.#paused;
  }

  flush(): void {
    // Each chunk has been handed on already.
  }

  end(): void {
    if (this.#source === undefined) return;
    this.#source = undefined;
    this.#controller?.close();
    this.#controller = undefined;
  }

  abort(error: ProxyError): void {
    if (this.#source === undefined) return;
    this.#source = undefined;
    this.#error(error);
  }
}
