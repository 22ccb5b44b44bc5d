import { ProxyError } from '../../../core/errors.ts';
import type { Exchange } from '../../exchange.ts';
import { PoolField } from '../../server-state.ts';
import { isClosed, readBreaker } from './breaker-word.ts';
import { Probe, type PoolBreakerParts } from './probe.ts';

/** The circuit breaker of a pool, as a thread sees it: main decides when it opens and closes. */
export class PoolBreaker {
  readonly #parts: PoolBreakerParts;

  constructor(parts: PoolBreakerParts) {
    this.#parts = parts;
  }

  /** May the exchange go on? @returns undefined: it may; a probe: it may, and the probe has to hear how it ends. */
  admit(exchange: Exchange): Probe | ProxyError | undefined {
    const { row, plan } = this.#parts;
    if (isClosed(row)) return undefined;
    const breaker = readBreaker(row);
    if (breaker.state === 'open') return this.#refuse(exchange, 'it is open', breaker.until);
    if (exchange.dry) {
      exchange.trace?.add('pick', 'the circuit breaker is half open: a few requests try out whether it may close');
      return undefined;
    }
    if (!row.take(PoolField.probes, plan.halfOpen))
      return this.#refuse(exchange, 'others try out whether it may close', 0);
    exchange.trace?.add('pick', 'tries out whether the circuit breaker may close');
    return new Probe(this.#parts);
  }

  #refuse(exchange: Exchange, why: string, until: number): ProxyError {
    const { pool, plan, clock } = this.#parts;
    // The date may have been set.
    const leftMs = Math.min(plan.openMs, until - clock.date());
    const retryAfterS = Math.max(1, Math.ceil(leftMs / 1000));
    exchange.trace?.add('pick', `the circuit breaker of the pool: ${why}`);
    return new ProxyError('breaker-open', `Cannot forward: the circuit breaker of the pool ${pool}: ${why}`, {
      retryAfterS,
    });
  }
}
