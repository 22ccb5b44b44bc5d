import type { Exchange } from '../exchange.ts';
import type { Candidate } from '../picker.ts';

/** Tells the trace of an exchange, if it has one, which server was chosen, how and why. @param why asked only then. */
export function notePick(exchange: Exchange, how: string, server: Candidate, why: string): void {
  exchange.trace?.add('pick', `pool ${exchange.pool}, ${how}: ${why}`, server.name);
}

/** `3 exchanges of weight 2`. */
export function loadOf({ active, weight }: Candidate): string {
  return `${active} ${active === 1 ? 'exchange' : 'exchanges'}, weight ${weight}`;
}
