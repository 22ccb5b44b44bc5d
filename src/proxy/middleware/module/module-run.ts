import { ProxyError } from '../../../core/errors.ts';
import { answerTo } from '../../error-answer.ts';
import type { ProxyResponse } from '../../exchange.ts';
import type { Answer, Verdict, Work } from '../feature.ts';
import { ExchangeView } from './exchange-view.ts';
import type { BodyEnv } from './iterated-body.ts';
import { heard } from './message-view.ts';
import type { Middleware, MiddlewareResult, UserResponse } from './middleware.ts';
import { responseOf, ResponseView } from './response-view.ts';
import type { Timed, TimeLimit } from './time-limit.ts';

/** What runs of one middleware share. */
export interface RunEnv {
  readonly middleware: Middleware;
  readonly body: BodyEnv;
  /** Longest wait for the middleware itself. */
  readonly limit: TimeLimit;
  /** Tells its author what went wrong, and makes of it what the exchange ends with. */
  readonly failed: (error: unknown, id: string) => ProxyError;
}

type Outcome = { readonly result: MiddlewareResult | void } | { readonly error: unknown };

/**
 * One call of people's own middleware.
 *
 *   ASKED ---next()---> FORWARDED ---answer---> ANSWERED ---it returns---> OVER
 *     '--returns, throws, late--> OVER    101 or broken off --> OVER   late --'
 *
 * (1) What waits for it is let go once, whatever the middleware does: `begin` and `show` always settle, and never reject.
 * (2) In ASKED and ANSWERED it is its turn, and a deadline holds; in FORWARDED others are at work.
 */
export class ModuleRun implements Timed {
  dueAt = 0;
  readonly #env: RunEnv;
  readonly #work: Work;
  readonly #exchange: ExchangeView;
  readonly #verdict: PromiseWithResolvers<Verdict> = Promise.withResolvers();
  readonly #shown: PromiseWithResolvers<void> = Promise.withResolvers();
  #state: 'asked' | 'forwarded' | 'answered' | 'over' = 'asked';
  #next: PromiseWithResolvers<UserResponse> | undefined;
  /** The answer, and how it is seen. */
  #answer: Answer | undefined;
  #response: ResponseView | undefined;
  /** It ended while a server was at work. */
  #outcome: Outcome | undefined;

  constructor(work: Work, state: Map<string, unknown>, env: RunEnv) {
    this.#work = work;
    this.#env = env;
    this.#exchange = new ExchangeView(work, state, env.body);
  }

  /** Calls the middleware. Resolves once it has called `next`, or with what it ended the exchange with. */
  begin(): Promise<Verdict> {
    this.#env.limit.begin(this);
    void this.#call();
    return this.#verdict.promise;
  }

  /** Shows it the answer, which it changes in place. Undefined: it has had its say. */
  show(answer: Answer): void | Promise<void> {
    if (this.#state !== 'forwarded') return undefined;
    this.#state = 'answered';
    this.#answer = answer;
    this.#response = new ResponseView(answer, this.#env.body);
    this.#next!.resolve(this.#response);
    if (this.#outcome !== undefined) return this.#settle(this.#outcome);
    this.#env.limit.begin(this);
    return this.#shown.promise;
  }

  /** There will be no answer to change: it broke off, or has become a tunnel. */
  end(by: ProxyError | ProxyResponse): void {
    this.#env.limit.end(this);
    if (by instanceof ProxyError) this.#exchange.cancel(by);
    if (this.#state === 'over') return;
    this.#state = 'over';
    // The bytes of a tunnel are nobody's to read.
    if (!(by instanceof ProxyError))
      return this.#next?.resolve(new ResponseView({ ...by, body: undefined }, this.#env.body));
    this.#next?.reject(by);
    this.#response?.end(by);
    this.#verdict.resolve(undefined);
    this.#shown.resolve();
  }

  // --- what the middleware does ----------------------------------------------------------------------------------

  /** Never rejects. */
  async #call(): Promise<void> {
    try {
      this.#settle({ result: await this.#env.middleware(this.#exchange, () => heard(this.#forward())) });
    } catch (error) {
      this.#settle({ error });
    }
  }

  async #forward(): Promise<UserResponse> {
    if (this.#next !== undefined) throw new Error('Cannot call next() again: the request goes on only once');
    if (this.#state !== 'asked') throw new Error('Cannot call next(): the exchange has its answer, or is over');
    this.#exchange.settle();
    this.#exchange.answer?.end();
    this.#next = Promise.withResolvers();
    this.#state = 'forwarded';
    this.#env.limit.end(this);
    this.#verdict.resolve(undefined);
    return await this.#next.promise;
  }

  /** It has returned, or thrown. */
  #settle(outcome: Outcome): void {
    if (this.#state === 'asked') this.#answerWith(outcome);
    else if (this.#state === 'forwarded') this.#outcome = outcome;
    else if (this.#state === 'answered') this.#change(outcome);
    else this.#tooMuch(outcome);
  }

  #answerWith(outcome: Outcome): void {
    this.#env.limit.end(this);
    this.#state = 'over';
    const verdict = this.#verdictOf(outcome);
    // First the client is told to stop, so that the answer says that the connection ends.
    this.#exchange.endBody(new ProxyError('middleware-failed', 'Cannot read on: the request has its answer'));
    this.#verdict.resolve(verdict);
  }

  #verdictOf(outcome: Outcome): ProxyResponse | ProxyError {
    if ('error' in outcome) return this.#failure(outcome.error);
    try {
      const given = outcome.result ?? this.#exchange.answer;
      if (given === undefined) throw new TypeError('Cannot go on: it has neither called next() nor answered');
      return this.#viewOf(given).settle(this.#work.exchange.method);
    } catch (error) {
      return this.#failure(error);
    }
  }

  #change(outcome: Outcome): void {
    this.#env.limit.end(this);
    this.#state = 'over';
    const answer = this.#answer!;
    const own = this.#response!;
    try {
      if ('error' in outcome) throw outcome.error;
      const view = this.#viewOf(outcome.result ?? this.#exchange.answer ?? own);
      const settled = view.settle(this.#work.exchange.method);
      if (view !== own) own.end();
      replace(answer, settled);
    } catch (error) {
      this.#refuse(this.#failure(error));
    }
    this.#shown.resolve();
  }

  #viewOf(given: Exclude<MiddlewareResult, undefined>): ResponseView {
    return given instanceof ResponseView ? given : responseOf(given, this.#env.body);
  }

  /** The failure takes the place of the answer. */
  #refuse(error: ProxyError): void {
    const answer = this.#answer!;
    this.#response!.end(error);
    this.#work.exchange.reason ??= error.code;
    replace(answer, answerTo(this.#work.exchange, error));
    answer.own = true;
    answer.code = error.code;
  }

  /** Too late: nobody wants it. */
  #tooMuch(outcome: Outcome): void {
    if ('error' in outcome) {
      if (!(outcome.error instanceof ProxyError) && !this.#exchange.ended) this.#failure(outcome.error);
    } else if (outcome.result instanceof ResponseView && outcome.result !== this.#response) outcome.result.end();
  }

  tooLate(): void {
    const asked = this.#state === 'asked';
    const what = asked ? 'neither called next() nor answered' : 'not returned after next()';
    const error = new ProxyError('middleware-timeout', `Cannot go on: it has ${what} within ${this.#env.limit.ms} ms`);
    this.#state = 'over';
    this.#failure(error);
    this.#exchange.cancel(error);
    if (!asked) this.#refuse(error);
    this.#verdict.resolve(error);
    this.#shown.resolve();
  }

  #failure(error: unknown): ProxyError {
    return this.#env.failed(error, this.#work.exchange.id);
  }
}

function replace(answer: Answer, by: ProxyResponse): void {
  const { names, values, ids } = by.headers;
  answer.status = by.status;
  answer.reason = by.reason;
  answer.body = by.body;
  answer.announcedLength = by.announcedLength;
  if (by.headers === answer.headers) return;
  answer.headers.filter(() => false);
  for (const [i, name] of names.entries()) answer.headers.add(name, values[i]!, ids[i]);
}
