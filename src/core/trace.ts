/** The steps that leave notes, in the order of an exchange's way. */
export type TraceStep = 'client' | 'match' | 'transport' | 'feature' | 'pick' | 'server' | 'answer';

/** One decision: what was done, and by which part of the config, if one did it. */
export interface TraceNote {
  readonly step: TraceStep;
  /** A sentence without a full stop. */
  readonly what: string;
  /** Name of the feature, pool or server. */
  readonly by?: string | undefined;
}

/** Enough for any way that ends; a request that is tried again and again leaves no more. */
const most = 200;

/**
 * What was decided about one exchange and why. The code that decides writes it, where a trace is asked for; else there is
 * none, and it costs one look.
 */
export class Trace {
  readonly #notes: TraceNote[] = [];

  get notes(): readonly TraceNote[] {
    return this.#notes;
  }

  add(step: TraceStep, what: string, by?: string): void {
    if (this.#notes.length < most) this.#notes.push(by === undefined ? { step, what } : { step, what, by });
  }
}
