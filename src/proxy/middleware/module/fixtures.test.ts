import { ProxyError } from '../../../core/errors.ts';
import { TestEnv } from '../../fixtures.test.ts';
import type { FeatureEnv, Hooks } from '../feature.ts';
import type { BodyEnv } from './iterated-body.ts';
import type { Middleware } from './middleware.ts';
import { module } from './module.ts';
import { TimeLimit } from './time-limit.ts';

/** What the tests of people's own middleware share. */

export const gone: ProxyError = new ProxyError('client-abort', 'Cannot');

/** What a body needs, and what failed. */
export function bodyEnv(env: TestEnv, failures: unknown[] = []): BodyEnv {
  const failed = (error: unknown): ProxyError => {
    failures.push(error);
    return error instanceof ProxyError ? error : new ProxyError('middleware-failed', String(error));
  };
  return { turn: (action) => env.turn(action), silence: new TimeLimit(5000, env), failed };
}

export interface Told {
  readonly message: string;
  readonly fields: unknown;
}

/** The hooks of a function, and what the operator is told. */
export function hooksOf(middleware: Middleware): { hooks: Required<Hooks>; env: TestEnv; told: Told[] } {
  const env = new TestEnv();
  const told: Told[] = [];
  const log = { ...env.log, error: (message: string, fields: unknown) => void told.push({ message, fields }) };
  const config = {
    kind: 'function',
    id: 'function:1',
    name: 'the function',
    timeoutMs: 30_000,
    silenceMs: 5000,
  } as const;
  const loaded = { middleware, close: () => undefined };
  const { clock, wheel, disk } = env;
  const modules = new Map([[JSON.stringify(config), loaded]]);
  const whole = { clock, wheel, disk, log, modules, turn: (action: () => void) => env.turn(action) };
  return { hooks: module.create(config, whole as unknown as FeatureEnv) as Required<Hooks>, env, told };
}
