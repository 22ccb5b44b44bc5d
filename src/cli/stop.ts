import { setTimeout as pause } from 'node:timers/promises';

import { AdminUnreachable, callAdmin } from '../control/admin/admin-client.ts';
import { stopAnswer } from './answers.ts';
import { ask, problemLines } from './ask.ts';
import { ExitCode } from './exit-code.ts';
import { findSocket, type SocketOptions } from './find-socket.ts';
import { complain, say } from './outputs.ts';

/** What stopping may take beyond the grace period, in ms. */
const marginMs = 10_000;

/** How often it is looked whether it has stopped, in ms. */
const lookEveryMs = 100;

export interface StopOptions extends SocketOptions {
  readonly now?: boolean;
}

/** `postern stop`: resolves when the running Postern has ended its requests and is gone. */
export async function stop(options: StopOptions): Promise<ExitCode> {
  const socket = await findSocket(options);
  const body = { now: options.now === true };
  const answer = await ask(socket, { method: 'POST', path: '/api/v1/stop', body, timeoutMs: 10_000 });
  if (answer === undefined) return ExitCode.Runtime;
  if (answer.status !== 202) {
    for (const line of problemLines(answer)) complain(line);
    return ExitCode.Runtime;
  }
  const { graceMs } = stopAnswer.parse(answer.body);
  if (await hasGone(socket, graceMs + marginMs)) {
    say('Postern has stopped');
    return ExitCode.Fine;
  }
  complain(`Cannot see it end: it still answers on ${socket} after ${(graceMs + marginMs) / 1000} s; try --now`);
  return ExitCode.Runtime;
}

async function hasGone(socket: string, withinMs: number): Promise<boolean> {
  const end = performance.now() + withinMs;
  while (performance.now() < end) {
    // oxlint-disable-next-line no-await-in-loop -- looking again and again is the point
    if (await isGone(socket)) return true;
    // oxlint-disable-next-line no-await-in-loop
    await pause(lookEveryMs);
  }
  return false;
}

async function isGone(socket: string): Promise<boolean> {
  try {
    await callAdmin(socket, { method: 'GET', path: '/-/healthy', timeoutMs: 5000 });
    return false;
  } catch (error) {
    return error instanceof AdminUnreachable && error.absent;
  }
}
