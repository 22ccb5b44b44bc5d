import { z } from 'zod';

import type { AdminAnswer } from '../control/admin/admin-answer.ts';
import { AdminUnreachable, callAdmin } from '../control/admin/admin-client.ts';
import { findSocket } from './find-socket.ts';
import { complain } from './outputs.ts';

/** A question that a running Postern answers, if there is one. */
export interface RunningQuestion {
  readonly path: string;
  readonly body: unknown;
  /** The control socket that was named; undefined: the usual one. */
  readonly socket: string | undefined;
}

/** What it said, and by which config. */
export interface RunningAnswer {
  readonly answer: AdminAnswer;
  /** For people: `By the config that runs: ...`. */
  readonly by: string;
}

/** Reading a config may take as long as this, in ms. */
const timeoutMs = 90_000;

const statusAnswer = z.object({ config: z.object({ from: z.string(), loadedAt: z.string() }) });

/**
 * Asks the Postern that runs.
 * @returns undefined where there is none, or none that may be asked or knows the question; `unreachable` where its socket was named.
 */
export async function askRunning({
  path,
  body,
  socket,
}: RunningQuestion): Promise<RunningAnswer | 'unreachable' | undefined> {
  const at = await findSocket(socket === undefined ? {} : { socket });
  try {
    const answer = await callAdmin(at, { method: 'POST', path, body, timeoutMs });
    if (answer.status === 404 && socket === undefined) return undefined; // It is of an older version.
    return { answer, by: await configOf(at) };
  } catch (error) {
    if (!(error instanceof AdminUnreachable)) throw error;
    if (socket === undefined && error.absent) return undefined;
    complain(error.message);
    return socket === undefined ? undefined : 'unreachable';
  }
}

async function configOf(socket: string): Promise<string> {
  const { body } = await callAdmin(socket, { method: 'GET', path: '/api/v1/status', timeoutMs });
  const { success, data } = statusAnswer.safeParse(body);
  return success
    ? `By the config that runs: ${data.config.from}, loaded ${data.config.loadedAt}`
    : 'By the config that runs';
}
