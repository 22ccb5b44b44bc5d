import { isDeepStrictEqual } from 'node:util';

import type { AccessLogPlan } from '../proxy/index.ts';
import { LogRotation, type LogRotationEnv } from './log-rotation.ts';

/** Rotates the access log of the config in force, whichever that is. */
export class LogKeeper {
  readonly #env: LogRotationEnv;
  #plan: AccessLogPlan | undefined;
  #rotation: LogRotation | undefined;

  constructor(env: LogRotationEnv) {
    this.#env = env;
  }

  /** @param plan undefined: no log is written. */
  follow(plan: AccessLogPlan | undefined): void {
    if (isDeepStrictEqual(plan, this.#plan)) return;
    this.stop();
    this.#plan = plan;
    if (plan === undefined) return;
    this.#rotation = new LogRotation(plan, this.#env);
    this.#rotation.start();
  }

  stop(): void {
    this.#rotation?.stop();
    this.#rotation = undefined;
    this.#plan = undefined;
  }
}
