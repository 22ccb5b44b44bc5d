import { isEmpty, mostChanges, type RuntimeChange } from './runtime-change.ts';
import type { ServerName } from './server-board.ts';

/** All changes at run time, by pool and server. Bounded. */
export class RuntimeChanges {
  readonly #byPool: Map<string, Map<string, RuntimeChange>> = new Map();
  #size = 0;

  constructor(changes: readonly RuntimeChange[] = []) {
    for (const change of changes) this.put(change);
  }

  get size(): number {
    return this.#size;
  }

  /** Every change, by pool and then in the order in which they came. */
  get all(): readonly RuntimeChange[] {
    return [...this.#byPool.values()].flatMap((changes) => [...changes.values()]);
  }

  of(pool: string): readonly RuntimeChange[] {
    return [...(this.#byPool.get(pool)?.values() ?? [])];
  }

  get({ pool, server }: ServerName): RuntimeChange | undefined {
    return this.#byPool.get(pool)?.get(server);
  }

  /** Takes the place of what was said of this server. @returns false: there are too many. */
  put(change: RuntimeChange): boolean {
    const changes = this.#byPool.get(change.pool);
    if (changes?.has(change.server) !== true && this.#size >= mostChanges) return isEmpty(change);
    this.delete(change);
    if (isEmpty(change)) return true;
    const kept = this.#byPool.get(change.pool) ?? new Map<string, RuntimeChange>();
    this.#byPool.set(change.pool, kept.set(change.server, change));
    this.#size += 1;
    return true;
  }

  delete({ pool, server }: ServerName): void {
    const changes = this.#byPool.get(pool);
    if (changes?.delete(server) !== true) return;
    this.#size -= 1;
    if (changes.size === 0) this.#byPool.delete(pool);
  }

  /** The same once more, to be changed without harm to this one. */
  copy(): RuntimeChanges {
    return new RuntimeChanges(this.all);
  }
}
