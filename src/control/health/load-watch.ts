import type { LoadPlan } from '../../proxy/index.ts';
import { silent } from '../servers/server-word.ts';
import type { HttpAnswer } from './http-ask.ts';
import { LoadAverage, readLoad } from './load-report.ts';
import { pageAsk } from './page-ask.ts';
import { Recurring } from './recurring.ts';
import type { Subject } from './targets.ts';
import { nameOf, type Watch, type WatchEnv } from './watch-env.ts';

/** After so many times without a number in a row nothing of the server's load is known. */
const mostMissing = 3;

/** Keeps the load that a server reports: on a page that is asked for again and again, or in answers that others have asked for. */
export class LoadWatch implements Watch {
  readonly #env: WatchEnv;
  readonly #subject: Subject;
  readonly #plan: LoadPlan;
  readonly #recurring: Recurring | undefined;
  #average: LoadAverage = new LoadAverage();
  #missing = 0;
  /** What it said last, or why it said nothing; undefined: it has not been asked yet. */
  last: { readonly ok: boolean; readonly why: string } | undefined;

  constructor(env: WatchEnv, subject: Subject, plan: LoadPlan) {
    this.#env = env;
    this.#subject = subject;
    this.#plan = plan;
    if (plan.path !== undefined) this.#recurring = this.#asking(plan.path);
  }

  get running(): boolean {
    return this.#recurring?.running ?? false;
  }

  start(inMs: number): void {
    this.#recurring?.start(inMs);
  }

  stop(): void {
    this.#recurring?.stop();
  }

  retract(): void {
    this.stop();
    this.#forget('it is not asked for its load any more');
  }

  /** An answer that may have its load in it. */
  take(answer: HttpAnswer): void {
    if (answer.why !== undefined) return this.#missed(answer.why);
    const { header } = this.#plan;
    const text = header === undefined ? answer.body : (answer.headers.get(header) ?? '');
    const load = answer.status === 200 || header !== undefined ? readLoad(text) : undefined;
    if (load === undefined) {
      const where = header === undefined ? 'the first line of it' : `the field ${header}`;
      return this.#missed(`answered ${answer.status}, but there is no number from 0 to 102 in ${where}`);
    }
    this.#missing = 0;
    const why = load === 'down' ? 'it reports that it is down' : `it reports a load of ${load}`;
    this.last = { ok: true, why };
    this.#env.board.change(nameOf(this.#subject), { said: this.#average.take(load) }, why);
  }

  #asking(path: string): Recurring {
    const { everyMs, timeoutMs, port, header } = this.#plan;
    // A page on another port is made by an agent, which speaks no TLS.
    const secure = this.#subject.server.secure && port === undefined;
    const page = { method: 'GET', path, headers: [], host: undefined, timeoutMs, readsBody: header === undefined };
    const ask = this.#env.slots.wrap(pageAsk(this.#env, this.#subject, { place: this.#plan, secure, page }));
    return new Recurring(this.#env, (done) =>
      ask((answer) => {
        this.take(answer);
        done(everyMs);
      }),
    );
  }

  #missed(why: string): void {
    this.last = { ok: false, why };
    this.#missing += 1;
    if (this.#missing === mostMissing) this.#forget(`its load is not known any more: ${why}`);
  }

  #forget(why: string): void {
    this.#average = new LoadAverage();
    this.#env.board.change(nameOf(this.#subject), { said: silent }, why);
  }
}
