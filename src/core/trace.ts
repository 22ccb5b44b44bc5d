/** The steps that leave notes, in the order of an exchange's way. */
export type TraceStep = 'client' | 'match' | 'transport' | 'feature' | 'pick' | 'server' | 'answer';

/** One decision: what was done, and by which part of the config, if one did it. */
export interface TraceNote {
  readonly step: TraceStep;
  /** A sentence without a full stop. */
  readonly what: string;
  /** Name of the feature, pool or server. */
  readonly by?: string | undefined;
  /** When, by the clock of the trace, in ms; none where it has no clock. */
  readonly at?: number | undefined;
}

/** Enough for any way that ends; a request that is tried again and again leaves no more. */
const mostNotes = 200;

/** Of all notes together: long fields of a hostile request fill no memory. */
const mostLetters = 40_000;

/**
 * What was decided about one exchange and why. The code that decides writes it, where a trace is asked for; else there is
 * none, and it costs one look.
 */
export class Trace {
  readonly #notes: TraceNote[] = [];
  readonly #clock: { now(): number } | undefined;
  #room = mostLetters;

  /** @param clock says when a note was left; default: notes have no times. */
  constructor(clock?: { now(): number }) {
    this.#clock = clock;
  }

  get notes(): readonly TraceNote[] {
    return this.#notes;
  }

  /** Past 200 notes or 40,000 letters nothing more is taken down; a note that has no room is cut, and ends in `...`. */
  add(step: TraceStep, what: string, by?: string): void {
    if (this.#notes.length >= mostNotes || this.#room <= 0) return;
    const text = what.length > this.#room ? `${what.slice(0, this.#room)}...` : what;
    this.#room -= text.length;
    const at = this.#clock?.now();
    this.#notes.push({ step, what: text, ...(by !== undefined && { by }), ...(at !== undefined && { at }) });
  }
}
