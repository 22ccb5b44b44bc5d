import type { HealthPlan } from '../../proxy/index.ts';
import type { Begin, CheckResult, KeptResult } from './check-result.ts';
import { Recurring } from './recurring.ts';
import { RiseAndFall } from './rise-and-fall.ts';
import type { Subject } from './targets.ts';
import { nameOf, type Watch, type WatchEnv } from './watch-env.ts';

/** Results that are kept of each server. */
const mostKept = 20;

/** Checks one server again and again, and tells the board when that changes what is thought of it. */
export class HealthWatch implements Watch {
  readonly #env: WatchEnv;
  readonly #subject: Subject;
  readonly #plan: HealthPlan;
  readonly #check: Begin<CheckResult>;
  readonly #recurring: Recurring;
  readonly #history: KeptResult[] = [];
  #machine: RiseAndFall;
  #complained = false;
  passed = 0;
  failed = 0;

  constructor(
    env: WatchEnv,
    {
      subject,
      plan,
      check,
    }: { readonly subject: Subject; readonly plan: HealthPlan; readonly check: Begin<CheckResult> },
  ) {
    this.#env = env;
    this.#subject = subject;
    this.#plan = plan;
    this.#check = check;
    this.#recurring = new Recurring(env, (done) => this.#turn(done));
    this.#machine = this.#begin();
  }

  /** The oldest first. */
  get history(): readonly KeptResult[] {
    return this.#history;
  }

  get running(): boolean {
    return this.#recurring.running;
  }

  /** Begins anew: what is known stays until the first result says otherwise. */
  start(inMs: number): void {
    this.#machine = this.#begin();
    this.#recurring.start(inMs);
  }

  stop(): void {
    this.#recurring.stop();
  }

  retract(): void {
    this.stop();
    this.#env.board.change(nameOf(this.#subject), { health: 'unknown' }, 'it is not checked any more');
  }

  #begin(): RiseAndFall {
    const health = this.#env.board.get(nameOf(this.#subject))?.health ?? 'unknown';
    return new RiseAndFall(this.#plan, health, this.#plan.init === 'up' && health === 'up');
  }

  #turn(done: (waitMs: number) => void): () => void {
    const { clock } = this.#env;
    const [at, began] = [clock.date(), clock.now()];
    return this.#check((result) => {
      this.#keep(result, at, clock.now() - began);
      done(this.#machine.waitMs);
    });
  }

  #keep(result: CheckResult, at: number, ms: number): void {
    const { kind, why } = result;
    this.#history.push({ at: new Date(at).toISOString(), ok: kind === 'passed', ms: Math.round(ms * 10) / 10, why });
    if (this.#history.length > mostKept) this.#history.shift();
    if (kind === 'void') return this.#complain(why);
    this.#complained = false;
    if (kind === 'passed') this.passed += 1;
    else this.failed += 1;
    if (!this.#machine.take(kind === 'passed')) return;
    const { health } = this.#machine;
    this.#env.board.change(nameOf(this.#subject), { health }, why);
  }

  /** Once, until a check can be made again. */
  #complain(why: string): void {
    if (this.#complained) return;
    this.#complained = true;
    const { pool, server } = nameOf(this.#subject);
    this.#env.log.warn(`Cannot check ${server}: ${why}; what is known of it stays`, { pool, server });
  }
}
