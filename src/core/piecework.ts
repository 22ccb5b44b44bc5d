import { setImmediate as nextTurn } from 'node:timers/promises';

/** Long work in small pieces: it yields wherever it may be interrupted, at the latest after half a millisecond or so. */
export type Piecework<T> = Generator<undefined, T>;

/** Longest time in which an event loop is held up by such work, in ms: what else it has to do comes between. */
const sliceMs = 3;

/** So many that each may take some microseconds. */
const itemsAtATime = 100;

/** The same with each item of a list, where that takes so little that a pause after each would take longer. */
export function* withEach<T>(items: Iterable<T>, work: (item: T) => void): Piecework<void> {
  let done = 0;
  for (const item of items) {
    work(item);
    if (++done % itemsAtATime === 0) yield;
  }
}

/** Does it without a pause. */
export function atOnce<T>(work: Piecework<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/** Does it in slices of some ms, a turn of the event loop each. What it throws rejects. */
export async function inSlices<T>(work: Piecework<T>): Promise<T> {
  for (;;) {
    const end = performance.now() + sliceMs;
    do {
      const step = work.next();
      if (step.done === true) return step.value;
    } while (performance.now() < end);
    // oxlint-disable-next-line no-await-in-loop -- that is the pause
    await nextTurn();
  }
}
