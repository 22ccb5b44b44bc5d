import { tracedAnswer } from '../control/admin/explain-traced.ts';
import { version } from '../version.ts';
import { ask, problemLines } from './ask.ts';
import { ExitCode } from './exit-code.ts';
import { findSocket, type SocketOptions } from './find-socket.ts';
import { complain, say } from './outputs.ts';
import { tracedText } from './traced-text.ts';

export interface TracedOptions extends SocketOptions {
  /** Of the request. */
  readonly id?: string;
  readonly json?: boolean;
}

/** `postern explain --id ID`: what became of a request that was traced, and why. */
export async function explainTraced(id: string, options: TracedOptions): Promise<ExitCode> {
  const socket = await findSocket(options);
  const answer = await ask(socket, { method: 'POST', path: '/api/v1/explain', body: { id }, timeoutMs: 10_000 });
  if (answer === undefined) return ExitCode.Runtime;
  if (answer.status !== 200) {
    for (const line of problemLines(answer)) complain(line);
    return ExitCode.Runtime;
  }
  const { success, data } = tracedAnswer.safeParse(answer.body);
  if (options.json === true) say(JSON.stringify(answer.body, undefined, 2));
  else if (success) say(tracedText(data));
  else {
    complain(`Cannot show the trace: another version than ${version} runs there; --json shows it as it is`);
    return ExitCode.Runtime;
  }
  return ExitCode.Fine;
}
