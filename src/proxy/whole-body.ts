import type { BodySink, BodySource } from '../core/body.ts';

/** A body that is there as a whole. */
export class WholeBody implements BodySource {
  readonly #bytes: Buffer;
  #over = false;

  constructor(text: string) {
    this.#bytes = Buffer.from(text);
  }

  get length(): number {
    return this.#bytes.length;
  }

  start(sink: BodySink): void {
    if (this.#over) return;
    sink.write(this.#bytes);
    if (this.#over) return; // Cancelled from within `write`.
    this.#over = true;
    sink.end();
  }

  resume(): void {
    // All was given at once.
  }

  cancel(): void {
    this.#over = true;
  }
}
