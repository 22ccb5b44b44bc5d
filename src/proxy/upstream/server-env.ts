import type { Logger } from '../../core/log.ts';
import type { ReadBuffer } from '../../core/read-buffer.ts';
import type { SharedRow } from '../../core/shared/shared-rows.ts';
import type { BondEnv } from '../bond-env.ts';
import type { TellEvent } from '../data-event.ts';
import type { SessionEnv } from '../http2/frame-output.ts';
import type { PoolPlan, ServerPlan } from '../pool-plan.ts';
import type { ReplayMemory } from './retry/replay-memory.ts';
import type { SecureContexts } from './secure-contexts.ts';
import type { ServerSockets } from './server-sockets.ts';

/** What all server connections of a thread share. */
export interface ServerEnv extends SessionEnv {
  /** Read buffer of all server connections. */
  readonly serverReadBuffer: ReadBuffer;
  readonly secureContexts: SecureContexts;
  readonly serverSockets: ServerSockets;
  readonly replayMemory: ReplayMemory;
  readonly log: Logger;
  /** What keeps clients with their servers; default: nothing is shared with other threads. */
  readonly bonds?: BondEnv;
  /** Tells main at once; default: nobody hears of it. */
  readonly tell?: TellEvent | undefined;
}

/** What a server is made of. */
export interface ServerParts {
  readonly plan: PoolPlan;
  readonly server: ServerPlan;
  readonly row: SharedRow;
}
