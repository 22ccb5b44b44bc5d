import type { GrpcCheckPlan, HealthPlan, HttpCheckPlan, ScriptCheckPlan } from '../../proxy/index.ts';
import { failed, type Begin, type CheckResult } from './check-result.ts';
import { connectCheck } from './connect-check.ts';
import { grpcCheck } from './grpc-check.ts';
import type { HttpAnswer } from './http-ask.ts';
import { answerJudge } from './http-check.ts';
import { pageAsk } from './page-ask.ts';
import { scriptCheck } from './script-check.ts';
import { Targets, type Subject } from './targets.ts';
import type { WatchEnv } from './watch-env.ts';

interface CheckParts {
  readonly env: WatchEnv;
  readonly subject: Subject;
  readonly plan: HealthPlan;
  /** Sees each answer first. */
  readonly onAnswer: ((answer: HttpAnswer) => void) | undefined;
}

/** One check of a server, as the plan says, once there is room for it. */
export function checkOf(parts: CheckParts): Begin<CheckResult> {
  const { env, subject, plan } = parts;
  const { how } = plan;
  if (how.kind === 'script') return env.scripts.wrap(scriptOf(how, parts));
  if (how.kind === 'http') return env.slots.wrap(httpOf(how, parts));
  if (how.kind === 'grpc') return env.slots.wrap(grpcOf(how, parts));
  const targets = new Targets(env, subject, { place: plan, secure: how.kind === 'tls', timeoutMs: plan.timeoutMs });
  return env.slots.wrap((done) => connectCheck(targets.next(env.clock.now()), done));
}

function httpOf(how: HttpCheckPlan, { env, subject, plan, onAnswer }: CheckParts): Begin<CheckResult> {
  const page = { ...how, timeoutMs: plan.timeoutMs, readsBody: how.expect.body !== undefined };
  const ask = pageAsk(env, subject, { place: plan, secure: subject.server.secure, page });
  const judge = answerJudge(how.expect);
  return (done) =>
    ask((answer) => {
      onAnswer?.(answer);
      done(judge(answer));
    });
}

function grpcOf({ service, host }: GrpcCheckPlan, { env, subject, plan }: CheckParts): Begin<CheckResult> {
  const { secure, hostHeader } = subject.server;
  const targets = new Targets(env, subject, { place: plan, secure, timeoutMs: plan.timeoutMs, protocol: 'h2' });
  const question = { service, authority: host ?? hostHeader, timeoutMs: plan.timeoutMs };
  return (done) => grpcCheck(targets.next(env.clock.now()), question, done);
}

function scriptOf({ command }: ScriptCheckPlan, { env, subject, plan }: CheckParts): Begin<CheckResult> {
  const { pool, server } = subject;
  const targets = new Targets(env, subject, { place: plan, secure: false, timeoutMs: plan.timeoutMs });
  return (done) => {
    const { address } = targets;
    const where = address.kind === 'unix' ? address.path : address.addresses[0];
    if (where === undefined) {
      const soon = setImmediate(() => done(failed('its name does not resolve')));
      return () => clearImmediate(soon);
    }
    const environment = {
      POSTERN_POOL: pool.name,
      POSTERN_SERVER: server.name,
      POSTERN_ADDRESS: where,
      POSTERN_PORT: address.kind === 'unix' ? '' : String(address.port),
    };
    return scriptCheck({ command, environment, timeoutMs: plan.timeoutMs }, done);
  };
}
