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
  /** Resets up to this number may have been forgotten. */
  #forgotten = 0;

  add(id: number, fate: StreamFate): void {
    if (fate !== 'ended') return this.#addReset(id, fate);
    this.#ended ??= new Int32Array(ENDED);
    this.#ended[this.#next++ % ENDED] = id;
  }

  /** The peer resets one that we had reset: it knows from here on that there is nothing to be said for it. */
  resetByPeer(id: number): void {
    if (this.#resets?.has(id) === true) this.#resets.set(id, 'reset-by-peer');
  }

  /** Undefined: it ended long ago, or was passed over. */
  fate(id: number): StreamFate | undefined {
    const reset = this.#resets?.get(id);
    if (reset !== undefined) return reset;
    if (this.#ended?.includes(id) === true) return 'ended';
    // What may have been given up by us must not cost the peer its connection.
    return id <= this.#forgotten ? 'reset-by-us' : undefined;
  }

  #addReset(id: number, fate: StreamFate): void {
    const resets = (this.#resets ??= new Map<number, StreamFate>());
    const [oldest] = resets.size < RESETS ? [] : resets.keys();
    if (oldest !== undefined) {
      resets.delete(oldest);
      this.#forgotten = Math.max(this.#forgotten, oldest);
    }
    resets.set(id, fate);
  }
}
