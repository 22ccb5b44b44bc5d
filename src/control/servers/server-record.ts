import type { ServerState } from '../../proxy/index.ts';
import type { ServerWord } from './server-word.ts';

/** What is known of a server, beside what the config says. All of it outlives a reload that keeps pool and server. */
export interface ServerRecord extends Pick<ServerState, 'operator' | 'health' | 'ejected'> {
  /** What takes the place of the weight that the config says; undefined: nothing. */
  readonly weight: number | undefined;
  /** What is left of the weight: less than 1 while it starts slowly. */
  readonly share: number;
  /** So many exchanges at once try out whether it works again; undefined: it is not being tried out. */
  readonly trial?: number | undefined;
  /** What it says of itself. */
  readonly said: ServerWord;
}
