import { getHeapStatistics } from 'node:v8';

import type { Logger } from '../core/log.ts';
import type { DataPlaneStatus } from './data-plane.ts';
import { LoopWatch } from './loop-watch.ts';
import { MemoryWatch, systemMemory, type Crowd, type ReadMemory } from './memory-watch.ts';
import type { Plan } from './plan.ts';
import { LoadShedder } from './shed/load-shedder.ts';

/** What looks after a thread itself: its memory, how late its event loop is, and what has to be refused for either. */
export class ThreadWatches {
  readonly shedder: LoadShedder;
  readonly #memory: MemoryWatch;
  readonly #loop: LoopWatch = new LoopWatch();

  /** @param memory default: the machine's. */
  constructor(crowd: Crowd, log: Logger, memory: ReadMemory = systemMemory()) {
    this.#memory = new MemoryWatch(crowd, memory, log);
    this.shedder = new LoadShedder(log, this.#memory);
  }

  /** They look from now on, as the plan says. */
  follow({ shed }: Pick<Plan, 'shed'>, now: number): void {
    this.#memory.start();
    this.#loop.start(now);
    this.shedder.follow(shed);
  }

  stop(): void {
    this.#memory.stop();
    this.#loop.stop();
    this.shedder.stop();
  }

  status(now: number): Pick<DataPlaneStatus, 'loop' | 'shed' | 'heapBytes'> {
    return {
      loop: this.#loop.delay(now),
      shed: this.shedder.share,
      heapBytes: getHeapStatistics().used_heap_size,
    };
  }
}
