import { failed, passed, type CheckResult } from './check-result.ts';
import { reach, type Reached, type Target } from './reach.ts';

/** Connects, with a handshake where the target says so, and closes. @returns how to give up. */
export function connectCheck(target: Target, done: (result: CheckResult) => void): () => void {
  return reach(target, (reached) => {
    reached.dialed?.socket.destroy();
    done(judge(reached, target));
  });
}

function judge(reached: Reached, { peer }: Target): CheckResult {
  if (reached.dialed !== undefined) return passed(peer === undefined ? 'connected' : 'TLS handshake done');
  return reached.own ? { kind: 'void', why: reached.why } : failed(reached.why);
}
