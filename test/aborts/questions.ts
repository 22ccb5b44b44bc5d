import type { Plan } from '../../src/proxy/index.ts';

/** What a proxy in a process of its own may be asked. */
export type Question =
  | { readonly kind: 'apply'; readonly plan: Plan }
  | { readonly kind: 'status' }
  /** Lets so much time go by at once. */
  | { readonly kind: 'turn'; readonly ms: number }
  /** Resident bytes. */
  | { readonly kind: 'memory' }
  | { readonly kind: 'held' }
  /** Messages of level error: what `held` says of them, without a look at the heap. */
  | { readonly kind: 'errors' }
  | { readonly kind: 'stop' };

export interface Asked {
  readonly id: number;
  readonly question: Question;
}

export interface Answered {
  readonly id: number;
  readonly value?: unknown;
  readonly failure?: string;
}

/** All that connections and exchanges could leave behind. */
export interface Held {
  readonly connections: number;
  readonly exchanges: number;
  readonly serverConnections: number;
  /** In the timer wheel. */
  readonly deadlines: number;
  /** Open file descriptors of the process. */
  readonly descriptors: number;
  /** Live objects of each kind, after a collection of garbage. */
  readonly objects: Readonly<Record<string, number>>;
  /** On the heap and held by it, after several collections of garbage. */
  readonly heapBytes: number;
  /** Messages of level error. */
  readonly errors: readonly string[];
}
