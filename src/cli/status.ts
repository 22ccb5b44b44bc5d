import type { PosternStatus } from '../control/controlled.ts';
import { ask, problemLines } from './ask.ts';
import { ExitCode } from './exit-code.ts';
import { findSocket, type SocketOptions } from './find-socket.ts';
import { complain, say } from './outputs.ts';
import { statusText } from './status-text.ts';

export interface StatusOptions extends SocketOptions {
  readonly json?: boolean;
}

/** `postern status [--json]`: what the running Postern does. */
export async function status(options: StatusOptions): Promise<ExitCode> {
  const socket = await findSocket(options);
  const answer = await ask(socket, { method: 'GET', path: '/api/v1/status', timeoutMs: 10_000 });
  if (answer === undefined) return ExitCode.Runtime;
  if (answer.status !== 200) {
    for (const line of problemLines(answer)) complain(line);
    return ExitCode.Runtime;
  }
  say(options.json === true ? JSON.stringify(answer.body, undefined, 2) : statusText(answer.body as PosternStatus));
  return ExitCode.Fine;
}
