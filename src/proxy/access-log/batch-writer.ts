import type { Batch } from './line-buffer.ts';
import type { Sink } from './sink.ts';

/** What became of a batch. `lost`: its lines that are not there; `cause`: why. */
export interface Outcome {
  readonly lost: number;
  readonly cause: unknown;
}

const newline = 0x0a;
const [shortestWaitMs, longestWaitMs] = [1, 50];

/**
 * Writes batches to a sink in whole lines, one write at a time, and changes the sink between two lines.
 *
 * Several threads append to one file, so a write begins and ends with a line. Where a disk fills up in the middle of one,
 * the half is taken off again; if that cannot be done, a newline comes before whatever is written next.
 */
export class BatchWriter {
  #sink: Sink;
  #next: { readonly sink: Sink; readonly adopted: () => void } | undefined;
  #busy = false;
  #stopped = false;
  /** The sink ends in half a line. */
  #torn = false;
  #wake: (() => void) | undefined;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** Writes a batch. Never rejects; calls must not overlap. */
  async put(batch: Batch): Promise<Outcome> {
    this.#busy = true;
    const done = { bytes: 0 };
    try {
      await this.#putAll(batch, done);
      return { lost: 0, cause: undefined };
    } catch (error) {
      await this.#mend(batch.bytes, done.bytes);
      return { lost: batch.lines - linesIn(batch.bytes, done.bytes), cause: error };
    } finally {
      await this.#adopt();
      this.#busy = false;
    }
  }

  /** From the next line on `sink` is written to. Resolves when the old one is closed. Calls must not overlap. */
  replace(sink: Sink): Promise<void> {
    return new Promise((adopted) => {
      this.#next = { sink, adopted };
      if (!this.#busy) void this.#adopt();
    });
  }

  /** Waits for room no longer: a batch under way is given up. */
  stop(): void {
    this.#stopped = true;
    this.#wake?.();
  }

  /** Closes the sink. */
  close(): Promise<void> {
    return this.#sink.close();
  }

  async #putAll(batch: Batch, done: { bytes: number }): Promise<void> {
    let waitMs = shortestWaitMs;
    while (done.bytes < batch.used) {
      // oxlint-disable-next-line no-await-in-loop -- one write at a time, in order
      const wrote = await this.#putSome(batch, done.bytes);
      done.bytes += wrote;
      if (wrote > 0) {
        waitMs = shortestWaitMs;
        continue;
      }
      if (this.#stopped) throw new Error('the reader takes nothing more');
      // oxlint-disable-next-line no-await-in-loop -- then it is tried again
      await this.#pause(waitMs);
      waitMs = Math.min(waitMs * 2, longestWaitMs);
    }
  }

  async #putSome(batch: Batch, from: number): Promise<number> {
    if (startsLine(batch.bytes, from)) await this.#adopt();
    if (this.#torn) {
      if ((await this.#sink.write(Buffer.from('\n'), 0, 1)) === 0) return 0;
      this.#torn = false;
    }
    return this.#sink.write(batch.bytes, from, pieceEnd(batch, from, this.#sink.pieceBytes));
  }

  async #adopt(): Promise<void> {
    const next = this.#next;
    if (next === undefined) return;
    const old = this.#sink;
    this.#next = undefined;
    this.#sink = next.sink;
    this.#torn = false;
    await old.close();
    next.adopted();
  }

  async #mend(bytes: Buffer, end: number): Promise<void> {
    if (startsLine(bytes, end)) return;
    const half = bytes.subarray(bytes.lastIndexOf(newline, end - 1) + 1, end);
    this.#torn = !(await this.#sink.cut(half));
  }

  /** Does not hold up the process: whoever closes the log does. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms).unref();
      this.#wake = (): void => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function startsLine(bytes: Buffer, at: number): boolean {
  return at === 0 || bytes[at - 1] === newline;
}

/** The end of the last whole line within `most` bytes; of the first line, if that alone is longer. */
function pieceEnd(batch: Batch, from: number, most: number): number {
  if (batch.used - from <= most) return batch.used;
  const last = batch.bytes.lastIndexOf(newline, from + most - 1);
  return (last < from ? batch.bytes.indexOf(newline, from) : last) + 1;
}

function linesIn(bytes: Buffer, end: number): number {
  let lines = 0;
  for (let at = bytes.indexOf(newline); at >= 0 && at < end; at = bytes.indexOf(newline, at + 1)) lines++;
  return lines;
}
