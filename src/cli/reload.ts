import { formatProblem } from '../control/config/config-problem.ts';
import { reportText } from '../control/reload-report.ts';
import { reloadAnswer } from './answers.ts';
import { ask, problemLines } from './ask.ts';
import { disabledLines } from './disabled-lines.ts';
import { ExitCode } from './exit-code.ts';
import { findSocket, type SocketOptions } from './find-socket.ts';
import { complain, say } from './outputs.ts';
import { changesText } from './preview-text.ts';

/** Loading and opening may take as long as this, in ms. */
const timeoutMs = 180_000;

/** `postern reload`: the running Postern loads its config again. */
export async function reload(options: SocketOptions): Promise<ExitCode> {
  const answer = await ask(await findSocket(options), { method: 'POST', path: '/api/v1/reload', timeoutMs });
  if (answer === undefined) return ExitCode.Runtime;
  if (answer.status === 200) {
    const { changed, warnings, disabled, report } = reloadAnswer.parse(answer.body);
    for (const warning of warnings) say(formatProblem(warning));
    if (!changed) say('The config is the same as before: nothing was changed');
    else if (report === undefined) say('The new config is in force');
    else say(`The new config is in force: ${reportText(report)}\n\n${changesText(report.changes)}`);
    for (const line of disabledLines(disabled)) say(line);
    return ExitCode.Fine;
  }
  for (const line of problemLines(answer)) complain(line);
  complain('Nothing was changed: the config before stays in force');
  return answer.status === 422 ? ExitCode.Usage : ExitCode.Runtime;
}
