import type { Message } from '../harness/message.ts';
import type { Ending } from '../harness/raw-peer.ts';

/** What became of a case. */
export interface RequestOutcome {
  /** Statuses of the final answers, in order. */
  readonly statuses: readonly number[];
  /** The answers themselves. */
  readonly answers: readonly Message[];
  /** What came beside whole answers. */
  readonly rest: string;
  /** How the proxy ended the connection before the client ended its side; with `then: end`, whenever it did. */
  readonly ended: Ending;
  /** Whole requests that reached the server, in order. */
  readonly heard: readonly Message[];
}
