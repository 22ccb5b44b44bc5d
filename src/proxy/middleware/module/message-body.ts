import type { ReadableStream } from 'node:stream/web';

import type { BodySource } from '../../../core/body.ts';
import { ProxyError } from '../../../core/errors.ts';
import { BodyCollector } from './body-collector.ts';
import { BodyStream, type StreamOwner } from './body-stream.ts';
import { BytesBody } from './bytes-body.ts';
import { IteratedBody, type BodyEnv } from './iterated-body.ts';
import type { BodyLike, ReadOptions } from './middleware.ts';

const usualLimit = 1_000_000;

/** What differs between a request's body and an answer's. */
export interface BodySide extends StreamOwner {
  readonly env: BodyEnv;
  /** Why more than so many bytes are not had. */
  tooLarge(limit: number): ProxyError;
}

/**
 * A message's body in the hands of people's own middleware: as it came, read whole, streamed, or replaced.
 *
 * Nothing happens to one that is not looked at. What was read whole goes on from memory; what was streamed goes on only by what is
 * set in its place.
 */
export class MessageBody {
  readonly #side: BodySide;
  #source: BodySource | undefined;
  #stream: BodyStream | undefined;
  /** Being read whole, or was in vain. */
  #collector: BodyCollector | undefined;
  #bytes: Promise<Buffer> | undefined;
  /** Streams that were handed out before another body took their place, which may read from them. */
  readonly #before: BodyStream[] = [];
  #gone = false;

  constructor(source: BodySource | undefined, side: BodySide) {
    this.#source = source;
    this.#side = side;
  }

  get stream(): ReadableStream<Uint8Array> | undefined {
    if (this.#source === undefined) return undefined;
    this.#checkHere();
    if (this.#collector !== undefined) throw new TypeError('Cannot give the body as a stream: it is being read whole');
    this.#stream ??= new BodyStream(this.#source, this.#side);
    return this.#stream.stream;
  }

  /** @throws TypeError where it cannot be a body, or the one before has gone on already. */
  set(value: BodyLike): void {
    this.#checkHere();
    const content = contentOf(value);
    this.#leave();
    if (content === undefined || Buffer.isBuffer(content)) {
      this.release(replaced());
      this.#source = content === undefined || content.length === 0 ? undefined : new BytesBody(content);
    } else this.#source = new IteratedBody(content, this.#side.env, () => this.release(replaced()));
  }

  /** @throws {ProxyError} where there is more than the limit, or it breaks off. */
  async bytes({ limit = usualLimit }: ReadOptions = {}): Promise<Buffer> {
    const bytes = await (this.#bytes ?? this.#read(limit));
    if (bytes.length > limit) throw this.#side.tooLarge(limit);
    return bytes;
  }

  /** What goes on. @throws TypeError where it was read and nothing is there in its place. */
  settle(): BodySource | undefined {
    this.#checkHere();
    if (this.#collector !== undefined) throw new TypeError('Cannot send the body on: it is being read, or that failed');
    if (this.#stream?.touched === true) {
      throw new TypeError('Cannot send the body on: it was read from its stream; set another one in its place');
    }
    this.#gone = true;
    this.#stream?.detach();
    return this.#source;
  }

  /** Ends what was there before the one that has gone on. */
  release(error: ProxyError): void {
    for (const stream of this.#before.splice(0)) stream.cancel(error);
  }

  /** Ends all of it that has not gone on. */
  end(error: ProxyError): void {
    if (!this.#gone) {
      this.#gone = true;
      this.#leave(error);
    }
    this.release(error);
  }

  #checkHere(): void {
    if (this.#gone) throw new TypeError('Cannot use the body: it has gone on');
  }

  #leave(why: ProxyError = replaced()): void {
    const [source, stream, collector] = [this.#source, this.#stream, this.#collector];
    this.#source = this.#stream = this.#collector = this.#bytes = undefined;
    collector?.abort(why);
    if (stream !== undefined) this.#before.push(stream);
    else if (source !== undefined) this.#side.discard(source, collector !== undefined, why);
  }

  #read(limit: number): Promise<Buffer> {
    const source = this.#source;
    if (source === undefined) return Promise.resolve(Buffer.alloc(0));
    this.#checkHere();
    if (this.#stream?.touched === true) throw new TypeError('Cannot read the body: it is being read from its stream');
    if ((source.length ?? 0) > limit) throw this.#side.tooLarge(limit);
    this.#stream?.detach();
    const collector = new BodyCollector(source, limit, () => this.#side.tooLarge(limit));
    this.#collector = collector;
    this.#bytes = collector.whole.then((bytes) => this.#took(collector, bytes));
    this.#bytes.catch(ignore); // Whoever waits for it is told.
    this.#side.onStart();
    this.#side.env.turn(() => source.start(collector));
    return this.#bytes;
  }

  #took(collector: BodyCollector, bytes: Buffer): Buffer {
    if (this.#collector !== collector) return bytes; // Another one was set meanwhile.
    this.#collector = this.#stream = undefined;
    this.#source = bytes.length === 0 ? undefined : new BytesBody(bytes);
    return bytes;
  }
}

function replaced(): ProxyError {
  return new ProxyError('middleware-failed', 'Cannot go on with the body: another one took its place');
}

function ignore(): void {
  // The one who waits for the promise hears of it.
}

/** A sent body is not changed under way, so bytes of somebody else are copied. */
function contentOf(value: BodyLike): Buffer | ReadableStream | AsyncIterable<unknown> | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return Buffer.from(value);
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (typeof value === 'object' && Symbol.asyncIterator in value) return value;
  throw new TypeError(`Cannot set the body: it is a ${typeof value}, not a text, bytes, a stream or an async iterable`);
}
