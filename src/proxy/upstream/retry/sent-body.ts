import type { BodySource } from '../../../core/body.ts';
import type { ProxyError } from '../../../core/errors.ts';
import { ReplayBody } from './replay-body.ts';
import type { ReplayMemory } from './replay-memory.ts';

/** The body of a request that has begun to leave: whether it can leave once more. */
export class SentBody {
  readonly #source: BodySource;
  /** Undefined: nothing of it is kept. */
  readonly #replay: ReplayBody | undefined;

  /** @param bodyBytes that are kept at most. @param keep the request may be sent again, if its body can. */
  constructor(source: BodySource, bodyBytes: number, keep: ReplayMemory | undefined) {
    this.#source = source;
    const worth = keep !== undefined && (source.length ?? 0) <= bodyBytes;
    this.#replay = worth ? new ReplayBody(source, bodyBytes, keep) : undefined;
  }

  /** The next attempt could not have all of it. */
  get lost(): boolean {
    return this.#replay?.replayable !== true;
  }

  get outOfMemory(): boolean {
    return this.#replay?.outOfMemory === true;
  }

  /** For one more attempt. */
  again(): BodySource {
    return this.#replay?.again() ?? this.#source;
  }

  /** No attempt will follow. */
  settle(reason: ProxyError): void {
    this.#replay?.settle(reason);
  }
}
