import { AdminUnreachable, callAdmin, type AdminCall } from '../control/admin/admin-client.ts';
import type { AdminAnswer } from '../control/admin/admin-server.ts';
import { formatProblem, type ConfigProblem } from '../control/config/config-problem.ts';
import type { ReloadProblem } from '../control/controlled.ts';
import { complain } from './outputs.ts';

/** Asks the running Postern. @returns undefined where that failed: the reason has been told. */
export async function ask(socket: string, call: AdminCall): Promise<AdminAnswer | undefined> {
  try {
    return await callAdmin(socket, call);
  } catch (error) {
    if (!(error instanceof AdminUnreachable)) throw error;
    complain(error.message);
    return undefined;
  }
}

/** The problems of an answer, one line each. */
export function problemLines(answer: AdminAnswer): readonly string[] {
  const { problems } = answer.body as { readonly problems?: readonly ReloadProblem[] };
  if (problems === undefined || problems.length === 0) return [`Postern answered with status ${answer.status}`];
  return problems.map((problem) => (isConfigProblem(problem) ? formatProblem(problem) : problem.message));
}

function isConfigProblem(problem: ReloadProblem): problem is ConfigProblem {
  return 'file' in problem;
}
