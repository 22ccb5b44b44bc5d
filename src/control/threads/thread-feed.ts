import type {
  ApplyOptions,
  BoundListener,
  CounterMemory,
  NameUpdate,
  Plan,
  PlanParts,
  PoolPlan,
  PoolRows,
} from '../../proxy/index.ts';
import type { PackedRows, ThreadCall } from './messages.ts';
import { sameParts, type PlanPacker } from './plan-pack.ts';

/** Asks the thread. */
type Call = (call: ThreadCall) => Promise<unknown>;

/** The memory that goes with a plan. */
export interface PlanMemory {
  readonly rows: PoolRows;
  /** Undefined: the thread goes on where it counts. */
  readonly counters: CounterMemory | undefined;
}

/**
 * What main has given to one thread, so that it gets only what is new: of a plan what the plan in force does not have, of names
 * those with other addresses. After a call that failed nobody knows what the thread has, so the next plan is sent whole.
 */
export class ThreadFeed {
  readonly #call: Call;
  readonly #packer: PlanPacker;
  /** What is in force there. */
  #has: PlanParts | undefined;
  /** What it has made ready. */
  #prepared: PlanParts | undefined;
  #rowPieces = 0;
  /** By name, as they were sent. */
  #names: Map<string, readonly string[]> = new Map();

  constructor(call: Call, packer: PlanPacker) {
    this.#call = call;
    this.#packer = packer;
  }

  /**
   * Has the thread make ready what it needs for the plan, while the one before goes on.
   *
   * @param memoryOf asked once, where that was not done already.
   */
  async prepare({ routes, pools }: PlanParts, memoryOf: () => PlanMemory): Promise<void> {
    const next: PlanParts = { routes, pools };
    if (this.#prepared !== undefined && sameParts(this.#prepared, next)) return;
    this.#prepared = undefined;
    const [has, pieces] = [this.#has, this.#rowPieces];
    const parts = this.#packer.pack(has, next);
    const { rows, counters } = memoryOf();
    const added = pools === has?.pools ? [] : newOnes(has?.pools ?? [], pools);
    try {
      const packed = packRows(rows, added, pieces);
      await this.#call({ call: 'prepare', whole: has === undefined, parts, rows: packed, counters });
      this.#rowPieces = rows.memory.pieces.length;
      this.#prepared = next;
    } catch (error) {
      this.#forget();
      throw error;
    }
  }

  /** Puts a plan in force that was prepared. */
  async apply({ routes, pools, ...rest }: Plan, options: ApplyOptions): Promise<readonly BoundListener[]> {
    this.#prepared = undefined;
    try {
      const answer = await this.#call({ call: 'apply', plan: rest, options });
      this.#has = { routes, pools };
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the thread runs this same package
      return answer as readonly BoundListener[];
    } catch (error) {
      this.#forget();
      throw error;
    }
  }

  async setNames(updates: readonly NameUpdate[]): Promise<void> {
    const added = updates.filter(({ name, addresses }) => this.#names.get(name) !== addresses);
    if (added.length === 0) return;
    for (const { name, addresses } of added) this.#names.set(name, addresses);
    await this.#call({ call: 'setNames', updates: added });
  }

  /** The thread has forgotten all names but these, which are those of its plan. */
  async keepNames(known: readonly NameUpdate[]): Promise<void> {
    const names = new Set(known.map(({ name }) => name));
    for (const name of this.#names.keys()) if (!names.has(name)) this.#names.delete(name);
    await this.setNames(known);
  }

  /** Nobody knows what it has. */
  #forget(): void {
    this.#has = undefined;
    this.#prepared = undefined;
    this.#names = new Map();
  }
}

function newOnes(before: readonly PoolPlan[], next: readonly PoolPlan[]): readonly PoolPlan[] {
  const known = new Set(before);
  return next.filter((pool) => !known.has(pool));
}

/** @param known how many pieces of the memory the thread has already. */
function packRows({ memory, pools, splits, tunnels }: PoolRows, added: readonly PoolPlan[], known: number): PackedRows {
  const places = added.map(({ name }) => pools.get(name)!);
  const numbers = Int32Array.from(places.flatMap(({ pool, servers }) => [pool, ...servers]));
  return { places: memory.places, known, pieces: memory.pieces.slice(known), numbers, splits, tunnels };
}
