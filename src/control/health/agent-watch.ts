import type { AgentPlan } from '../../proxy/index.ts';
import { silent, type ServerWord } from '../servers/server-word.ts';
import { readAgentText } from './agent-text.ts';
import type { Begin } from './check-result.ts';
import { lineAsk, type LineAnswer } from './line-ask.ts';
import { Recurring } from './recurring.ts';
import { Targets, type Subject } from './targets.ts';
import { nameOf, type Watch, type WatchEnv } from './watch-env.ts';

/** Asks the agent of one server again and again. One that does not answer changes nothing: the server itself may be well. */
export class AgentWatch implements Watch {
  readonly #env: WatchEnv;
  readonly #subject: Subject;
  readonly #recurring: Recurring;
  #said: ServerWord;
  /** What it said last, or why it said nothing; undefined: it has not been asked yet. */
  last: { readonly ok: boolean; readonly why: string } | undefined;

  constructor(env: WatchEnv, subject: Subject, plan: AgentPlan) {
    this.#env = env;
    this.#subject = subject;
    this.#said = env.board.get(nameOf(subject))?.said ?? silent;
    const targets = new Targets(env, subject, { place: plan, secure: false, timeoutMs: plan.timeoutMs });
    const ask: Begin<LineAnswer> = env.slots.wrap((done) => lineAsk(targets.next(env.clock.now()), plan, done));
    this.#recurring = new Recurring(env, (done) =>
      ask((answer) => {
        this.#take(answer);
        done(plan.everyMs);
      }),
    );
  }

  get running(): boolean {
    return this.#recurring.running;
  }

  start(inMs: number): void {
    this.#recurring.start(inMs);
  }

  stop(): void {
    this.#recurring.stop();
  }

  retract(): void {
    this.stop();
    this.#env.board.change(nameOf(this.#subject), { said: silent }, 'its agent is not asked any more');
  }

  #take(answer: LineAnswer): void {
    const word = answer.why === undefined ? readAgentText(answer.line, this.#said) : undefined;
    if (word === undefined) {
      this.last = { ok: false, why: answer.why ?? 'it says what no agent says' };
      return;
    }
    const [line = ''] = (answer.why === undefined ? answer.line : '').split(/[\r\n]/, 1);
    const shown = line.slice(0, 200).replaceAll(/[^\x20-\x7e]/g, '?');
    this.last = { ok: true, why: shown };
    this.#said = word.said;
    const why = word.reason === undefined ? `its agent says ${shown}` : `its agent says: ${word.reason}`;
    this.#env.board.change(nameOf(this.#subject), { said: word.said }, why);
  }
}
