/** What is remembered of credentials: whether they were right, and how long that holds. */
interface Verdict {
  readonly right: boolean;
  /** By the clock. */
  readonly until: number;
}

/**
 * Verdicts on credentials, by a digest of them. The right ones and the wrong ones have room of their own: whoever tries many
 * passwords makes nobody else be asked again. Past its bound the one that was used longest ago goes.
 */
export class VerifiedCredentials {
  readonly #right: Map<string, Verdict> = new Map();
  readonly #wrong: Map<string, Verdict> = new Map();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** Undefined: not known, or no longer. */
  get(digest: string, now: number): boolean | undefined {
    const memory = this.#right.has(digest) ? this.#right : this.#wrong;
    const verdict = memory.get(digest);
    if (verdict === undefined) return undefined;
    memory.delete(digest);
    if (verdict.until <= now) return undefined;
    memory.set(digest, verdict); // To the end of the line.
    return verdict.right;
  }

  set(digest: string, right: boolean, until: number): void {
    const memory = right ? this.#right : this.#wrong;
    memory.delete(digest);
    memory.set(digest, { right, until });
    if (memory.size <= this.#most) return;
    for (const oldest of memory.keys()) {
      memory.delete(oldest);
      return;
    }
  }
}
