/** Takes spans that are written already, in OTLP's JSON. */
export type SendSpans = (spans: readonly string[]) => void;

/** Spans wait so long at most for others to go with them. */
const waitMs = 1000;
/** So many go at once. */
const mostSpans = 128;

/** Spans of a thread on their way to main, a few at a time: a message for each would cost more than the span. */
export class SpanBuffer {
  readonly #send: SendSpans;
  #spans: string[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(send: SendSpans) {
    this.#send = send;
  }

  add(spans: readonly string[]): void {
    this.#spans.push(...spans);
    if (this.#spans.length >= mostSpans) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), waitMs).unref();
  }

  /** Sends what waits. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#spans.length === 0) return;
    const spans = this.#spans;
    this.#spans = [];
    this.#send(spans);
  }
}
