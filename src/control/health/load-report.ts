import { silent, type ServerWord } from '../servers/server-word.ts';

/** A report of load: from 0 (idle) to 100 (busy), or that the server is down. */
export type Load = number | 'down';

/** Below this load the weights of the config count alone, as they do at Kemp's unless it is set otherwise. */
const idleBelow = 5;
/** What is left of the weight of a server that is as busy as can be: nobody else may be better off. */
const leastShare = 0.05;
/** Smaller changes of a share are not worth telling all threads of. */
const leastChange = 0.02;
/** So much of a new report counts at once; the rest is what was known. */
const smoothing = 0.5;

/** The number in the first line: 0 to 100; 101 and 102 say that the server is down. Undefined: there is none. */
export function readLoad(text: string): Load | undefined {
  const number = /^\s*(\d{1,3})(?:\.\d{0,9})?\s*%?\s*(?:[\r\n]|$)/.exec(text)?.[1];
  if (number === undefined) return undefined;
  const load = Number(number);
  if (load > 102) return undefined;
  return load > 100 ? 'down' : load;
}

/** What a server wants of its weight by its reports, smoothed, so that all of them do not swing together. */
export class LoadAverage {
  #load: number | undefined;
  #share = 1;

  take(load: Load): ServerWord {
    if (load === 'down') {
      this.#load = undefined; // What it was before it was down says nothing of it afterwards.
      return { ...silent, health: 'down', share: this.#share };
    }
    this.#load = this.#load === undefined ? load : this.#load + smoothing * (load - this.#load);
    const share = this.#load < idleBelow ? 1 : Math.max(leastShare, 1 - this.#load / 100);
    const ends = share === 1 || share === leastShare;
    if (ends || Math.abs(share - this.#share) >= leastChange) this.#share = share;
    return { ...silent, health: 'up', share: this.#share };
  }
}
