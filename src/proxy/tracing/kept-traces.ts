import type { TracedExchange } from './traced-exchange.ts';

/** How much is kept; the oldest goes first. */
export interface KeptLimits {
  /** Traces. */
  readonly most: number;
  /** Of all of them together. */
  readonly bytes: number;
  /** Of one; a longer one is kept without its notes. */
  readonly bytesEach: number;
}

/** The last finished traces of a thread, by the id of the exchange; of two with one id the later. As bytes outside V8's heap. */
export class KeptTraces {
  limits: KeptLimits;
  readonly #kept: Map<string, Buffer> = new Map();
  #bytes = 0;

  constructor(limits: KeptLimits) {
    this.limits = limits;
  }

  get size(): number {
    return this.#kept.size;
  }

  add(traced: TracedExchange): void {
    let bytes = Buffer.from(JSON.stringify(traced));
    if (bytes.length > this.limits.bytesEach) {
      const what = 'what was decided is not shown: it is longer than a trace that is kept';
      bytes = Buffer.from(JSON.stringify({ ...traced, notes: [{ step: 'answer', what }] }));
    }
    if (bytes.length > this.limits.bytesEach) return;
    this.#forget(traced.id);
    this.#kept.set(traced.id, bytes);
    this.#bytes += bytes.length;
    this.#trim();
  }

  get(id: string): TracedExchange | undefined {
    const bytes = this.#kept.get(id);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it was written above
    return bytes === undefined ? undefined : (JSON.parse(bytes.toString()) as TracedExchange);
  }

  #trim(): void {
    for (const id of this.#kept.keys()) {
      if (this.#kept.size <= this.limits.most && this.#bytes <= this.limits.bytes) return;
      this.#forget(id);
    }
  }

  #forget(id: string): void {
    this.#bytes -= this.#kept.get(id)?.length ?? 0;
    this.#kept.delete(id);
  }
}
