import { ReadableStream } from 'node:stream/web';

import type { BodySink, BodySource } from '../../../core/body.ts';
import { ProxyError } from '../../../core/errors.ts';
import { sliceBytes } from './bytes-body.ts';
import type { Timed, TimeLimit } from './time-limit.ts';

/** What a body that people make needs from outside. */
export interface BodyEnv {
  turn(action: () => void): void;
  /** Longest silence. */
  readonly silence: TimeLimit;
  /** It broke off: the middleware's author wants to know why. */
  readonly failed: (error: unknown) => ProxyError;
}

/** Where chunks come from, whatever it is. */
interface Puller {
  next(): Promise<{ readonly done?: boolean | undefined; readonly value?: unknown }>;
  /** Never throws. */
  stop(reason: ProxyError): void;
}

/** A stream or an iterable as a body: asked for the next chunk when the one before has been taken. */
export class IteratedBody implements BodySource, Timed {
  readonly length = undefined;
  dueAt = 0;
  readonly #given: ReadableStream | AsyncIterable<unknown>;
  readonly #env: BodyEnv;
  /** Called once when it is over, however it ended. */
  readonly #onEnd: () => void;
  #puller: Puller | undefined;
  #sink: BodySink | undefined;
  #wake: (() => void) | undefined;
  #over = false;

  constructor(given: ReadableStream | AsyncIterable<unknown>, env: BodyEnv, onEnd: () => void) {
    this.#given = given;
    this.#env = env;
    this.#onEnd = onEnd;
  }

  start(sink: BodySink): void {
    if (this.#over) return;
    this.#sink = sink;
    void this.#pump(sink);
  }

  resume(): void {
    this.#wake?.();
  }

  cancel(reason: ProxyError): void {
    if (this.#over) return;
    const puller = this.#puller ?? this.#open();
    this.#end();
    if (!(puller instanceof Error)) puller.stop(reason);
  }

  #open(): Puller | Error {
    try {
      return (this.#puller = pullerOf(this.#given));
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  /** Never rejects. */
  async #pump(sink: BodySink): Promise<void> {
    try {
      const puller = this.#open();
      if (puller instanceof Error) throw puller;
      for (let more = true; more && !this.#over;) {
        this.#env.silence.begin(this);
        // oxlint-disable-next-line no-await-in-loop -- one chunk after the other
        const { done, value } = await puller.next();
        this.#env.silence.end(this);
        more = done !== true;
        // oxlint-disable-next-line no-await-in-loop
        if (more) await this.#give(bytesOf(value), sink);
      }
      if (this.#end()) this.#env.turn(() => sink.end());
    } catch (error) {
      this.#fail(this.#over ? undefined : this.#env.failed(error));
    }
  }

  async #give(bytes: Buffer, sink: BodySink): Promise<void> {
    for (let at = 0; at < bytes.length && !this.#over; at += sliceBytes) {
      let taken = true;
      this.#env.turn(() => (taken = sink.write(bytes.subarray(at, at + sliceBytes))));
      // oxlint-disable-next-line no-await-in-loop -- until the sink calls
      if (!taken && !this.#over) await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = undefined;
    }
    if (!this.#over) this.#env.turn(() => sink.flush());
  }

  tooLate(): void {
    const error = new ProxyError(
      'middleware-timeout',
      `Cannot send the body: nothing came of it for ${this.#env.silence.ms} ms`,
    );
    this.#puller?.stop(error);
    this.#fail(this.#env.failed(error));
  }

  #fail(error: ProxyError | undefined): void {
    const sink = this.#sink;
    if (this.#end() && error !== undefined) this.#env.turn(() => sink?.abort(error));
  }

  /** @returns false where it has ended already. */
  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#env.silence.end(this);
    this.#sink = undefined;
    this.#wake?.();
    this.#onEnd();
    return true;
  }
}

function pullerOf(given: ReadableStream | AsyncIterable<unknown>): Puller {
  if (given instanceof ReadableStream) {
    const reader = given.getReader();
    return { next: () => reader.read(), stop: (reason) => void reader.cancel(reason).catch(ignore) };
  }
  const iterator = given[Symbol.asyncIterator]();
  const stop = async (): Promise<void> => void (await iterator.return?.());
  return { next: () => iterator.next(), stop: () => void stop().catch(ignore) };
}

function ignore(): void {
  // Nobody waits for it any more.
}

function bytesOf(chunk: unknown): Buffer {
  if (typeof chunk === 'string') return Buffer.from(chunk);
  if (chunk instanceof Uint8Array) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  throw new TypeError(`Cannot send the body: a part of it is a ${typeof chunk}, not a text or bytes`);
}
