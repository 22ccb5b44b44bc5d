import { AdminUnreachable, callAdmin, type AdminCall } from '../control/admin/admin-client.ts';
import type { AdminAnswer } from '../control/admin/admin-answer.ts';
import { formatProblem } from '../control/config/config-problem.ts';
import { problemsAnswer } from './answers.ts';
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
  const { success, data } = problemsAnswer.safeParse(answer.body);
  if (!success || data.problems.length === 0) return [`Cannot read the answer: its status is ${answer.status}`];
  return data.problems.map((problem) => ('file' in problem ? formatProblem(problem) : problem.message));
}
