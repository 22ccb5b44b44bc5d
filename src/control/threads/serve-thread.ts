import type { MessagePort } from 'node:worker_threads';

import { systemClock, type Clock } from '../../core/clock.ts';
import { ProxyError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import { isFromModule, type DataPlane, type TellEvent } from '../../proxy/index.ts';
import { packError, type CallMessage, type ThreadCall, type ThreadMessage } from './messages.ts';
import { PortLogger } from './port-logger.ts';
import { ReceivedPlans } from './received-plans.ts';

/** How often a thread says that its event loop turns, in ms. */
const beatEveryMs = 1000;

/** How long a thread that met an uncaught error may go on with what it has, in ms. */
const failingGraceMs = 10_000;

/** Uncaught errors that a draining thread survives: after them it ends at once. */
const maxErrorsWhileFailing = 100;

/** How a data plane is made. */
export type CreatePlane = (env: {
  readonly clock: Clock;
  readonly log: Logger;
  readonly spans: (spans: readonly string[]) => void;
  readonly tell: TellEvent;
}) => DataPlane;

/** A running thread's own process object, or a stand-in for tests. */
export interface ThreadProcess {
  on(event: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): unknown;
  exit(code: number): void;
}

/**
 * The thread's side: answers main's calls with a data plane of its own, beats once a second, and passes log messages on.
 *
 * An error that nobody caught is our fault, and nobody knows what it left half done. So the thread says so, takes no new
 * connections, lets those it has end for 10 s, and ends; main starts another one meanwhile, as its successor: so
 * requests that are on their way are answered. A rejection in middleware of people's
 * own is told, and no more.
 */
export function serveThread(port: MessagePort, create: CreatePlane, owner: ThreadProcess = process): void {
  const post = (message: ThreadMessage): void => port.postMessage(message);
  const log = new PortLogger(post, systemClock);
  const plane = create({
    clock: systemClock,
    log,
    spans: (spans) => post({ kind: 'spans', spans }),
    tell: (event) => post({ kind: 'event', event }),
  });
  const to: Answering = { plane, plans: new ReceivedPlans(plane) };
  let errors = 0;

  const fail = (error: unknown): void => {
    errors += 1;
    if (errors > maxErrorsWhileFailing) return owner.exit(1);
    const carried = packError(error);
    log.error(`Cannot go on in this data thread: ${carried.message}`, { stack: carried.stack });
    if (errors > 1) return;
    const drained = drainSafely(plane);
    post({ kind: 'failing', error: carried });
    void drained.finally(() => owner.exit(1));
  };
  // A promise that a program of people's own forgot left nothing of ours half done.
  const told = (error: unknown): void => {
    const { message, stack } = packError(error);
    log.error(`A promise of your own middleware was rejected, and nobody waited for it: ${message}`, { stack });
  };
  owner.on('uncaughtException', fail);
  owner.on('unhandledRejection', (error) => (isFromModule(error) ? told(error) : fail(error)));

  port.on('message', (message: CallMessage) => void answer(to, message, post));
  setInterval(() => {
    log.sweep();
    post({ kind: 'beat' });
  }, beatEveryMs);
  post({ kind: 'ready' });
}

/** Never rejects, and ends within the grace period even where the plane does not keep to it. */
async function drainSafely(plane: DataPlane): Promise<void> {
  const late = new Promise<void>((resolve) => void setTimeout(resolve, failingGraceMs + 1000));
  try {
    await Promise.race([plane.drain(failingGraceMs, { handedOver: true }), late]);
  } catch {
    // The thread ends anyway; its first error has been told.
  }
}

async function answer(to: Answering, { id, call }: CallMessage, post: (message: ThreadMessage) => void) {
  try {
    post({ kind: 'answer', id, value: await perform(to, call) });
  } catch (error) {
    post({ kind: 'failure', id, error: packError(error) });
  }
}

/** What main's calls come to. */
interface Answering {
  readonly plane: DataPlane;
  readonly plans: ReceivedPlans;
}

async function perform({ plane, plans }: Answering, call: ThreadCall): Promise<unknown> {
  switch (call.call) {
    case 'prepare':
      return await plans.prepare(call);
    case 'apply':
      return await plans.apply(call.plan, call.options);
    case 'setNames':
      return plane.setNames(call.updates);
    case 'setTlsSecrets':
      return plane.setTlsSecrets(call.secrets);
    case 'cut':
      return plane.cut(call.pool, call.server);
    case 'reopenLog':
      return await plane.reopenLog();
    case 'drain':
      return await plane.drain(call.graceMs, call.options);
    case 'takeOver':
      return plane.takeOver(call.sockets);
    case 'stop':
      return await plane.stop();
    default:
      return await tell(plane, call);
  }
}

type Order = 'prepare' | 'apply' | 'setNames' | 'setTlsSecrets' | 'cut' | 'reopenLog' | 'drain' | 'takeOver' | 'stop';

/** Answers what changes nothing. */
async function tell(plane: DataPlane, call: Exclude<ThreadCall, { readonly call: Order }>): Promise<unknown> {
  switch (call.call) {
    case 'status':
      return plane.status(call.options);
    case 'traced':
      return plane.traced(call.id);
    case 'explain':
      return await plane.explain(call.request);
    case 'listeningSockets':
      return plane.listeningSockets();
    default:
      throw new ProxyError(
        'internal-error',
        `Cannot answer main: unknown call ${JSON.stringify(call satisfies never)}`,
      );
  }
}
