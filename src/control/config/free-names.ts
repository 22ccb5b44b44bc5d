/** Names that are taken, and how the next that wants one of them is told apart: `#2`, `#3` and so on. */
export class FreeNames {
  /** The number to try next. */
  readonly #next = new Map<string, number>();

  constructor(taken: Iterable<string | undefined> = []) {
    for (const name of taken) if (name !== undefined) this.#next.set(name, 2);
  }

  /** The name, or one like it that is free; it is taken from now on. */
  take(name: string): string {
    const number = this.#next.get(name);
    if (number === undefined) {
      this.#next.set(name, 2);
      return name;
    }
    let i = number;
    while (this.#next.has(`${name}#${i}`)) i++;
    this.#next.set(name, i + 1);
    this.#next.set(`${name}#${i}`, 2);
    return `${name}#${i}`;
  }
}
