const SLOTS = 1024;

/**
 * What was worked out for a connection of late: one slot for every so many connections, so that its memory is bounded and an
 * idle connection costs nothing. Whoever reads a slot checks that what is there is what was asked for.
 */
export class Recent<Value> {
  readonly #slots: (Value | undefined)[] = Array.from({ length: SLOTS }, () => undefined);

  get(id: number): Value | undefined {
    return this.#slots[id % SLOTS];
  }

  set(id: number, value: Value): void {
    this.#slots[id % SLOTS] = value;
  }
}
