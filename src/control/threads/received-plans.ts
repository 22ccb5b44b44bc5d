import { inSlices, type Piecework } from '../../core/piecework.ts';
import { ProxyError } from '../../core/errors.ts';
import type { BoundListener, DataPlane, PlanParts, PoolRows } from '../../proxy/index.ts';
import type { ApplySettings, PackedRows, PlanRest } from './messages.ts';
import { unpackParts, type PackedParts } from './plan-pack.ts';

/** A plan that comes in parts. */
export interface SentParts {
  /** Nothing of the plan before is in it. */
  readonly whole: boolean;
  readonly parts: PackedParts;
  readonly rows: PackedRows;
}

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

  async prepare({ whole, parts, rows }: SentParts): Promise<void> {
    this.#next = undefined;
    const before = whole ? nothing : this.#has;
    const next = await inSlices(unpackParts(parts, before));
    await this.#plane.prepare(next, await inSlices(this.#unpackRows(rows, before, next)));
    this.#next = next;
  }

  async apply(rest: PlanRest, options: ApplySettings): Promise<readonly BoundListener[]> {
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
    const old = new Set(before.pools);
    const pools = new Map<string, { pool: number; servers: readonly number[] }>();
    let at = 0;
    for (const pool of next.pools) {
      if (old.has(pool)) continue;
      const end = at + 1 + pool.servers.length;
      pools.set(pool.name, { pool: numbers[at]!, servers: [...numbers.subarray(at + 1, end)] });
      at = end;
      yield;
    }
    return { memory: { places, pieces: this.#pieces }, pools, splits, tunnels };
  }
}
