import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { TellEvent } from './data-event.ts';
import type { ReadMemory } from './memory-watch.ts';
import type { Functions } from './middleware/module/load-modules.ts';
import type { SharedPlace } from './thread-memory.ts';
import type { SendSpans } from './tracing/span-buffer.ts';

/** What a data plane needs from outside. */
export interface DataPlaneEnv {
  readonly clock: Clock;
  readonly log: Logger;
  /** Default: the machine's. */
  readonly memory?: ReadMemory;
  /** Where it counts what is one number for all threads; default: it is alone. */
  readonly shared?: SharedPlace;
  /** Takes what main is to decide about; default: nobody does. */
  readonly tell?: TellEvent;
  /** Takes spans for a collector of traces; default: none are made. */
  readonly spans?: SendSpans;
  /** Middleware of the program which the proxy is a part of, by its id; default: none. */
  readonly functions?: Functions;
}
