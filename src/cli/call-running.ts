import { userInfo } from 'node:os';

import type { z } from 'zod';

import { ask, problemLines } from './ask.ts';
import { findSocket, type SocketOptions } from './find-socket.ts';
import { complain } from './outputs.ts';
import { Told } from './telling.ts';

const timeoutMs = 30_000;

/**
 * Asks the running Postern. Without a body it is a GET, with one a POST.
 * @throws {Told} where it says no: that has been told.
 */
export async function callRunning<T>(
  path: string,
  body: object | undefined,
  schema: z.ZodType<T>,
  options: SocketOptions,
): Promise<T> {
  const method = body === undefined ? 'GET' : 'POST';
  const answer = await ask(await findSocket(options), { method, path, body, timeoutMs });
  if (answer === undefined) throw new Told();
  const { success, data } = schema.safeParse(answer.body);
  if (answer.status === 200 && success) return data;
  for (const line of problemLines(answer)) complain(line);
  throw new Told();
}

/** Who calls, for the log of the other side. */
export function userName(): string | undefined {
  try {
    const { username } = userInfo();
    return /^[\x21-\x7e]{1,100}$/.test(username) ? username : undefined;
  } catch {
    return undefined; // The system knows no name for this user.
  }
}
