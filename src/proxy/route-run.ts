import { ProxyError, toProxyError } from '../core/errors.ts';
import type { Headers } from '../core/headers.ts';
import { answerTo, ownAnswerTo } from './error-answer.ts';
import type { Abortable, Exchange, ProxyResponse, Reply } from './exchange.ts';
import type { Answer, Verdict, Work } from './middleware/feature.ts';
import type { RoutePlan } from './plan.ts';
import type { RouteHooks } from './route-hooks.ts';
import { traceRequest, traceResponse, wordsFor } from './trace-feature.ts';
import { addTransportSecurity, judgeTransport } from './transport.ts';

/** How a run goes on, and whom it tells of a defect. */
export interface RunSteps {
  /** What a server would be told, before any feature has had its say. */
  readonly prepare: () => Work;
  readonly forward: (work: Work, reply: Reply) => Abortable | undefined;
  readonly bug: (error: unknown) => void;
}

/**
 * An exchange on a route that does something on the way: its features are asked one after the other, then the server, and
 * the answer goes back through them.
 *
 * (1) Without a promise from a feature all of it happens at once; with one, the exchange waits and may be aborted meanwhile.
 * (2) An answer goes to the client once, whoever gives it.
 */
export class RouteRun implements Reply, Abortable {
  readonly #exchange: Exchange;
  readonly #reply: Reply;
  readonly #route: RoutePlan;
  readonly #hooks: RouteHooks;
  readonly #steps: RunSteps;
  #work: Work | undefined;
  #worker: Abortable | undefined;
  #answered = false;
  /** The client has gone, or was told of a failure: nothing more is said. */
  #aborted = false;

  constructor(given: { exchange: Exchange; reply: Reply; route: RoutePlan; hooks: RouteHooks }, steps: RunSteps) {
    this.#exchange = given.exchange;
    this.#reply = given.reply;
    this.#route = given.route;
    this.#hooks = given.hooks;
    this.#steps = steps;
  }

  start(): this {
    const verdict = judgeTransport(this.#exchange, this.#route);
    if (verdict !== undefined) this.#exchange.trace?.add('transport', wordsFor(verdict));
    this.#work = this.#steps.prepare();
    if (verdict === undefined) this.#ask(0);
    else this.#end(verdict);
    return this;
  }

  abort(error: ProxyError): void {
    this.#aborted = true;
    this.#worker?.abort(error);
    this.#worker = undefined;
    this.#release(error);
    this.#tellOver(error);
  }

  // --- the request ---------------------------------------------------------------------------------------------

  /** Asks the features from the one at `from` on, then the server. */
  #ask(from: number): void {
    const { request } = this.#hooks;
    try {
      for (let i = from; i < request.length; i++) {
        const verdict = this.#requestOf(i);
        if (verdict instanceof Promise) return this.#wait(verdict, i + 1);
        if (verdict !== undefined) return this.#end(verdict);
      }
      this.#worker = this.#steps.forward(this.#work!, this);
    } catch (error) {
      this.#failFromWithin(error);
    }
  }

  #requestOf(i: number): Verdict | Promise<Verdict> {
    const { trace } = this.#exchange;
    const { request, names } = this.#hooks;
    if (trace === undefined) return request[i]!.request(this.#work!);
    return traceRequest(request[i]!, this.#work!, { trace, name: names.request[i]! });
  }

  #wait(verdict: Promise<Verdict>, next: number): void {
    verdict.then(
      (told) => this.#told(told, next),
      (error: unknown) => this.#failFromWithin(error),
    );
  }

  #told(verdict: Verdict, next: number): void {
    if (verdict === undefined && !this.#aborted) return this.#ask(next);
    if (verdict !== undefined) this.#end(verdict);
  }

  /** A feature has answered. */
  #end(verdict: ProxyResponse | ProxyError): void {
    if (verdict instanceof ProxyError) this.fail(verdict);
    else this.#answer(ownAnswerTo(this.#exchange, verdict), true, undefined);
  }

  // --- the answer ----------------------------------------------------------------------------------------------

  inform(status: number, headers: Headers): void {
    this.#reply.inform(status, headers);
  }

  respond(response: ProxyResponse): void {
    this.#answer(response, false, undefined);
  }

  fail(error: ProxyError): void {
    if (this.#aborted) return;
    if (this.#answered || error.status === 0) return this.#give(error);
    this.#exchange.reason ??= error.code;
    this.#answer(answerTo(this.#exchange, error), true, error);
  }

  /** The end without an answer, or behind the head of one: an answer that is still being changed has come too late. */
  #give(error: ProxyError): void {
    this.#aborted = true;
    this.#reply.fail(error);
    this.#tellOver(error);
  }

  #answer(response: ProxyResponse, own: boolean, error: ProxyError | undefined): void {
    if (this.#aborted || this.#answered) return response.body?.cancel(gone());
    this.#answered = true;
    if (response.status === 101) return this.#open(response);
    if (own) this.#release(gone());
    const { status, reason, headers, body, announcedLength } = response;
    const answer: Answer = { status, reason, headers, body, announcedLength, own, code: error?.code };
    this.#change(answer, 0);
  }

  #open(tunnel: ProxyResponse): void {
    this.#tellOver(tunnel);
    this.#reply.respond(tunnel);
  }

  #change(answer: Answer, from: number): void {
    const { response } = this.#hooks;
    try {
      for (let i = from; i < response.length; i++) {
        const wait = this.#responseOf(i, answer);
        if (wait instanceof Promise) return this.#waitToChange(wait, answer, i + 1);
      }
    } catch (error) {
      return this.#failAnswer(answer, error);
    }
    addTransportSecurity(answer, this.#exchange, this.#route);
    this.#reply.respond(answer);
  }

  #responseOf(i: number, answer: Answer): void | Promise<void> {
    const { trace } = this.#exchange;
    const { response, names } = this.#hooks;
    if (trace === undefined) return response[i]!.response(answer, this.#work!);
    return traceResponse(response[i]!, { answer, work: this.#work! }, { trace, name: names.response[i]! });
  }

  #waitToChange(wait: Promise<void>, answer: Answer, next: number): void {
    wait.then(
      () => (this.#aborted ? answer.body?.cancel(gone()) : this.#change(answer, next)),
      (error: unknown) => this.#failAnswer(answer, error),
    );
  }

  #tellOver(by: ProxyError | ProxyResponse): void {
    for (const hooks of this.#hooks.over ?? []) hooks.over(this.#work!, by);
  }

  /** The body that a feature has put in place of the client's holds what it holds until somebody ends it. */
  #release(error: ProxyError): void {
    const body = this.#work?.body;
    if (body !== this.#exchange.body) body?.cancel(error);
  }

  // --- defects -------------------------------------------------------------------------------------------------

  #failFromWithin(error: unknown): void {
    this.#steps.bug(error);
    if (!this.#aborted) this.fail(toProxyError(error));
  }

  /** The plain answer to a defect goes past the features: one of them has it. */
  #failAnswer(answer: Answer, error: unknown): void {
    this.#steps.bug(error);
    answer.body?.cancel(gone());
    if (!this.#aborted) this.#give(toProxyError(error));
  }
}

function gone(): ProxyError {
  return new ProxyError('client-abort', 'Cannot answer: the exchange has its answer or is over');
}
