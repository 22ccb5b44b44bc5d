import type { MessagePort } from 'node:worker_threads';

import { systemClock, type Clock } from '../../core/clock.ts';
import { ProxyError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type { DataPlane } from '../../proxy/index.ts';
import { packError, type CallMessage, type ThreadCall, type ThreadMessage } from './messages.ts';
import { PortLogger } from './port-logger.ts';

/** How often a thread says that its event loop turns, in ms. */
const beatEveryMs = 1000;

/** How long a thread that met an uncaught error may go on with what it has, in ms. */
const failingGraceMs = 10_000;

/** Uncaught errors that a draining thread survives: after them it ends at once. */
const maxErrorsWhileFailing = 100;

/** How a data plane is made. */
export type CreatePlane = (env: { readonly clock: Clock; readonly log: Logger }) => DataPlane;

/** A running thread's own process object, or a stand-in for tests. */
export interface ThreadProcess {
  on(event: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): unknown;
  exit(code: number): void;
}

/**
 * The thread's side: answers main's calls with a data plane of its own, beats once a second, and passes log messages on.
 *
 * An error that nobody caught is our fault, and nobody knows what it left half done. So the thread says so, takes no new
 * connections, lets those it has end for 10 s, and ends; main starts another one meanwhile.
 */
export function serveThread(port: MessagePort, create: CreatePlane, owner: ThreadProcess = process): void {
  const post = (message: ThreadMessage): void => port.postMessage(message);
  const log = new PortLogger(post, systemClock);
  const plane = create({ clock: systemClock, log });
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
  owner.on('uncaughtException', fail);
  owner.on('unhandledRejection', fail);

  port.on('message', (message: CallMessage) => void answer(plane, message, post));
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
    await Promise.race([plane.drain(failingGraceMs), late]);
  } catch {
    // The thread ends anyway; its first error has been told.
  }
}

async function answer(plane: DataPlane, { id, call }: CallMessage, post: (message: ThreadMessage) => void) {
  try {
    post({ kind: 'answer', id, value: await perform(plane, call) });
  } catch (error) {
    post({ kind: 'failure', id, error: packError(error) });
  }
}

async function perform(plane: DataPlane, call: ThreadCall): Promise<unknown> {
  switch (call.call) {
    case 'apply':
      return await plane.apply(call.plan, call.options);
    case 'setNames':
      return plane.setNames(call.updates);
    case 'setTlsSecrets':
      return plane.setTlsSecrets(call.secrets);
    case 'reopenLog':
      return await plane.reopenLog();
    case 'status':
      return plane.status();
    case 'drain':
      return await plane.drain(call.graceMs, call.options);
    case 'listeningSockets':
      return plane.listeningSockets();
    case 'takeOver':
      return plane.takeOver(call.sockets);
    case 'stop':
      return await plane.stop();
    default:
      throw new ProxyError(
        'internal-error',
        `Cannot answer main: unknown call ${JSON.stringify(call satisfies never)}`,
      );
  }
}
