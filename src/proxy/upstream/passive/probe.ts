import type { ProxyError } from '../../../core/errors.ts';
import type { Headers } from '../../../core/headers.ts';
import type { SharedRow } from '../../../core/shared/shared-rows.ts';
import type { TellEvent } from '../../data-event.ts';
import type { Abortable, ProxyResponse, Reply } from '../../exchange.ts';
import type { BreakerPlan } from '../../passive-plan.ts';
import { PoolField } from '../../server-state.ts';
import { outcomeOfError, outcomeOfStatus } from './outcome.ts';

/** What the circuit breaker of a pool works with. */
export interface PoolBreakerParts {
  readonly pool: string;
  readonly plan: BreakerPlan;
  /** Of the pool. */
  readonly row: SharedRow;
  readonly clock: { now(): number; date(): number };
  readonly tell: TellEvent | undefined;
}

/** One exchange that tries out whether a circuit breaker may close. It has a place among those that may, until it is known how it went. */
export class Probe {
  readonly #parts: PoolBreakerParts;
  readonly #beganAt: number;
  #over = false;

  /** @param parts of the breaker, where it has taken its place. */
  constructor(parts: PoolBreakerParts) {
    this.#parts = parts;
    this.#beganAt = parts.clock.now();
  }

  /** Hears what the client is answered. */
  listen(reply: Reply): Reply {
    return {
      inform: (status: number, headers: Headers) => reply.inform(status, headers),
      respond: (response: ProxyResponse) => {
        this.#end(outcomeOfStatus(response.status) === 'good' && !this.#slow);
        reply.respond(response);
      },
      fail: (error: ProxyError) => {
        this.#end(outcomeOfError(error) === undefined ? undefined : false);
        reply.fail(error);
      },
    };
  }

  /** Hears that the client has gone, and passes it on. */
  guard(work: Abortable): Abortable {
    return {
      abort: (error: ProxyError) => {
        this.#end(undefined);
        work.abort(error);
      },
    };
  }

  get #slow(): boolean {
    const { clock, plan } = this.#parts;
    return clock.now() - this.#beganAt > (plan.slow?.overMs ?? Infinity);
  }

  /** @param ok undefined: nobody can tell. */
  #end(ok: boolean | undefined): void {
    if (this.#over) return;
    this.#over = true;
    const { row, pool, tell } = this.#parts;
    row.give(PoolField.probes);
    if (ok !== undefined) tell?.({ kind: 'probe', pool, ok });
  }
}
