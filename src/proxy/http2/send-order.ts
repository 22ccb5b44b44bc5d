import type { Http2Stream } from './stream.ts';

/**
 * The streams that have bytes kept, in the order in which they may send them (RFC 9218 section 10): the more urgent first; of those
 * that are as urgent, one that is of no use before it is whole goes alone, and the others take turns.
 */
export class SendOrder {
  // Few streams wait at once, and only while the peer is slower than the servers: a list is searched sooner than kept in order.
  readonly #waiting: Set<Http2Stream> = new Set();

  add(stream: Http2Stream): void {
    this.#waiting.add(stream);
  }

  remove(stream: Http2Stream): void {
    this.#waiting.delete(stream);
  }

  /** Whose turn it is; undefined: nobody waits. */
  next(): Http2Stream | undefined {
    let best: Http2Stream | undefined;
    for (const stream of this.#waiting) if (best === undefined || comesBefore(stream, best)) best = stream;
    return best;
  }

  /** It has sent something: of those that take turns, it is the last now. */
  hadTurn(stream: Http2Stream): void {
    if (stream.output.priority.incremental && this.#waiting.delete(stream)) this.#waiting.add(stream);
  }
}

function comesBefore(a: Http2Stream, b: Http2Stream): boolean {
  const { urgency, incremental } = a.output.priority;
  const other = b.output.priority;
  if (urgency !== other.urgency) return urgency < other.urgency;
  if (incremental !== other.incremental) return !incremental;
  return !incremental && a.id < b.id;
}
