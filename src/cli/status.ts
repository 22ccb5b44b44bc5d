import { version } from '../version.ts';
import { isOwnStatus } from './answers.ts';
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
  if (options.json === true) say(JSON.stringify(answer.body, undefined, 2));
  else if (isOwnStatus(answer.body)) say(statusText(answer.body));
  else {
    complain(`Cannot show the status: another version than ${version} runs there; --json shows it as it is`);
    return ExitCode.Runtime;
  }
  return ExitCode.Fine;
}
