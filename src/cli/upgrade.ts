import { z } from 'zod';

import { ask, problemLines } from './ask.ts';
import { ExitCode } from './exit-code.ts';
import { findSocket, type SocketOptions } from './find-socket.ts';
import { complain, say } from './outputs.ts';

/** The successor may take two minutes; the running one notices by itself when it takes longer. */
const timeoutMs = 150_000;

const upgradeAnswer = z.object({ pid: z.number() });

/** `postern upgrade`: resolves when a new process has taken the place of the running one, or could not. */
export async function upgrade(options: SocketOptions): Promise<ExitCode> {
  const answer = await ask(await findSocket(options), { method: 'POST', path: '/api/v1/upgrade', timeoutMs });
  if (answer === undefined) return ExitCode.Runtime;
  if (answer.status === 200) {
    say(`Process ${upgradeAnswer.parse(answer.body).pid} has taken over; the one before ends its requests`);
    return ExitCode.Fine;
  }
  for (const line of problemLines(answer)) complain(line);
  complain('Nothing was changed: the process before goes on');
  return ExitCode.Runtime;
}
