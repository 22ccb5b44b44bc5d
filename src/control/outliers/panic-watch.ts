import { inPanic, type Plan } from '../../proxy/index.ts';
import { effectiveState } from '../servers/effective-state.ts';
import type { ServerBoard } from '../servers/server-board.ts';

/** Says when so few servers of a pool are up that threads use all of them, and when that is over. */
export class PanicWatch {
  readonly #board: ServerBoard;
  readonly #tell: (panic: boolean, pool: string, why: string) => void;
  readonly #unlisten: () => void;
  /** Of the pools that may come to it. */
  readonly #limits: Map<string, number> = new Map();
  readonly #panicking: Set<string> = new Set();

  /** @param tell hears of each change. */
  constructor(board: ServerBoard, tell: (panic: boolean, pool: string, why: string) => void) {
    this.#board = board;
    this.#tell = tell;
    this.#unlisten = board.listen(({ pool }) => this.#judge(pool));
  }

  /** The board has the servers of this plan already. */
  follow({ pools }: Pick<Plan, 'pools'>): void {
    this.#limits.clear();
    for (const { name, panicBelow } of pools) if (panicBelow > 0) this.#limits.set(name, panicBelow);
    for (const name of this.#panicking) if (!this.#limits.has(name)) this.#panicking.delete(name);
    for (const name of this.#limits.keys()) this.#judge(name);
  }

  has(pool: string): boolean {
    return this.#panicking.has(pool);
  }

  stop(): void {
    this.#unlisten();
  }

  #judge(pool: string): void {
    const limit = this.#limits.get(pool);
    if (limit === undefined) return;
    const states = this.#board.serversOf(pool).map(({ plan, record }) => effectiveState(record, plan));
    const wanted = states.filter(({ operator, weight }) => operator === 'ready' && weight > 0);
    const sound = wanted.filter(({ health, ejected }) => health !== 'down' && !ejected);
    const panic = inPanic(sound.length, wanted.length, limit);
    if (panic === this.#panicking.has(pool)) return;
    if (panic) this.#panicking.add(pool);
    else this.#panicking.delete(pool);
    this.#tell(panic, pool, `${sound.length} of ${wanted.length} are up, and panicBelow is ${limit} %`);
  }
}
