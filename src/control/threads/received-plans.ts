import { inSlices, withEach, type Piecework } from '../../core/piecework.ts';
import { ProxyError } from '../../core/errors.ts';
import type { ApplyOptions, BoundListener, DataPlane, PlanParts, PoolRows } from '../../proxy/index.ts';
import type { PackedRows, PlanRest, SentParts } from './messages.ts';
import { unpackParts } from './plan-pack.ts';

const nothing: PlanParts = { routes: [], pools: [] };

/** The thread's side of `ThreadFeed`: puts plans together from what is new and what it has, a slice at a time. */
export class ReceivedPlans {
  readonly #plane: DataPlane;
  #has: PlanParts = nothing;
  #next: PlanParts | undefined;
  /** Of the memory of rows. Each comes once: what is compared by its memory must find the very same object. */
  readonly #pieces: SharedArrayBuffer[] = [];

  constructor(plane: DataPlane) {
    this.#plane = plane;
  }

  async prepare({ whole, parts, rows, counters }: SentParts): Promise<void> {
    this.#next = undefined;
    const before = whole ? nothing : this.#has;
    const next = await inSlices(unpackParts(parts, before));
    await this.#plane.prepare(next, await inSlices(this.#unpackRows(rows, before, next)), counters);
    this.#next = next;
  }

  async apply(rest: PlanRest, options: ApplyOptions): Promise<readonly BoundListener[]> {
    const next = this.#next;
    if (next === undefined) throw new ProxyError('internal-error', 'Cannot apply the plan: its parts did not come');
    this.#next = undefined;
    const bound = await this.#plane.apply({ ...rest, ...next }, options);
    this.#has = next;
    return bound;
  }

  *#unpackRows(
    { places, known, pieces, numbers, splits, tunnels }: PackedRows,
    before: PlanParts,
    next: PlanParts,
  ): Piecework<PoolRows> {
    for (const [i, piece] of pieces.entries()) this.#pieces[known + i] ??= piece;
    const pools = new Map<string, { pool: number; servers: readonly number[] }>();
    const same = next.pools === before.pools;
    const old = new Set(same ? [] : before.pools);
    let at = 0;
    yield* withEach(same ? [] : next.pools, (pool) => {
      if (old.has(pool)) return;
      const end = at + 1 + pool.servers.length;
      pools.set(pool.name, { pool: numbers[at]!, servers: [...numbers.subarray(at + 1, end)] });
      at = end;
    });
    return { memory: { places, pieces: this.#pieces }, pools, splits, tunnels };
  }
}
