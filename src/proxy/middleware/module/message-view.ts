import type { ReadableStream } from 'node:stream/web';

import { ProxyError } from '../../../core/errors.ts';
import type { MessageBody } from './message-body.ts';
import type { BodyLike, ReadOptions, UserBody } from './middleware.ts';

/** What a request and an answer have in common for people's own middleware. */
export abstract class MessageView implements UserBody {
  /** Made when it is first asked for. */
  protected abstract get content(): MessageBody;

  get body(): ReadableStream<Uint8Array> | undefined {
    return this.content.stream;
  }

  set body(value: BodyLike) {
    this.content.set(value);
  }

  text(options?: ReadOptions): Promise<string> {
    return heard(this.#text(options));
  }

  json(options?: ReadOptions): Promise<unknown> {
    return heard(this.#json(options));
  }

  bytes(options?: ReadOptions): Promise<Uint8Array> {
    return heard(this.#bytes(options));
  }

  /** Why a text is none, or no JSON. */
  protected abstract unreadable(what: string): ProxyError;
  /** Content-Encoding of the message. */
  protected abstract get encoding(): string | undefined;

  async #text(options?: ReadOptions): Promise<string> {
    const encoding = this.encoding?.toLowerCase() ?? 'identity';
    if (encoding !== 'identity') throw this.unreadable(`it is encoded (${encoding})`);
    return (await this.content.bytes(options)).toString('utf8');
  }

  async #json(options?: ReadOptions): Promise<unknown> {
    const text = await this.#text(options);
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw this.unreadable('it is not JSON');
    }
  }

  async #bytes(options?: ReadOptions): Promise<Uint8Array> {
    // Its own: what goes on must stay as it is.
    return new Uint8Array(await this.content.bytes(options));
  }
}

/** A promise that nobody waits for must not end the thread when a client goes away. */
export function heard<T>(promise: Promise<T>): Promise<T> {
  promise.catch(ignore);
  return promise;
}

function ignore(): void {
  // Whoever waits for the promise is told.
}
