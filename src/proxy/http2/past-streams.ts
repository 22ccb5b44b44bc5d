/** How a stream came to its end. */
export type StreamFate = 'ended' | 'reset-by-peer' | 'reset-by-us';

/** Streams that ended in order, of which the last are remembered. */
const ENDED = 64;
/** Resets that are remembered: more than streams may be open, for frames may be on their way to all that we give up. */
const RESETS = 512;

/** The streams that ended last, and how: by that it is judged what still comes for them (RFC 9113 section 5.1, "closed"). */
export class PastStreams {
  // Nearly all streams end in order, and nobody asks for them: one store each.
  #ended: Int32Array | undefined;
  #next = 0;
  #resets: Map<number, StreamFate> | undefined;

  add(id: number, fate: StreamFate): void {
    if (fate !== 'ended') return this.#addReset(id, fate);
    this.#ended ??= new Int32Array(ENDED);
    this.#ended[this.#next++ % ENDED] = id;
  }

  /** Undefined: it is not known, or long ago. */
  fate(id: number): StreamFate | undefined {
    return this.#resets?.get(id) ?? (this.#ended?.includes(id) === true ? 'ended' : undefined);
  }

  #addReset(id: number, fate: StreamFate): void {
    const resets = (this.#resets ??= new Map<number, StreamFate>());
    const [oldest] = resets.size < RESETS ? [] : resets.keys();
    if (oldest !== undefined) resets.delete(oldest);
    resets.set(id, fate);
  }
}
