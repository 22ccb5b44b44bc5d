import type { BodySink, BodySource } from '../../../core/body.ts';

/** So much is given at once. */
export const sliceBytes = 65_536;

/** Bytes in memory as a body, given as fast as they are taken. */
export class BytesBody implements BodySource {
  readonly #bytes: Buffer;
  #at = 0;
  #sink: BodySink | undefined;
  #over = false;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get length(): number {
    return this.#bytes.length;
  }

  start(sink: BodySink): void {
    if (this.#over) return;
    this.#sink = sink;
    this.resume();
  }

  resume(): void {
    // The sink goes when it wants no more, also from within `write`.
    while (this.#sink !== undefined && this.#at < this.#bytes.length) {
      const slice = this.#bytes.subarray(this.#at, this.#at + sliceBytes);
      this.#at += slice.length;
      if (!this.#sink.write(slice)) return;
    }
    const sink = this.#sink;
    this.cancel();
    sink?.end();
  }

  cancel(): void {
    this.#over = true;
    this.#sink = undefined;
  }
}
