import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ExchangeTracing } from './exchange-tracing.ts';
import type { Exchange } from './exchange.ts';
import { clientOf, exchangeOf, headersOf, TestEnv } from './fixtures.test.ts';
import type { Plan, TracePlan } from './plan.ts';

const off: TracePlan = { sample: 0, header: undefined, from: ['192.0.2.0/24'], otlp: undefined };

const otlp: TracePlan['otlp'] = { endpoint: '', headers: {}, service: 'x', sample: 0.5, continue: 'trusted' };

/** The part of a plan that matters here. */
function planOf(trace: TracePlan | undefined): Plan {
  return { trace, accessLog: undefined, forwarding: { trustedProxies: ['10.0.0.0/8'] } } as unknown as Plan;
}

/** Exchanges that begin with a random number each. */
function begun(
  trace: TracePlan,
  randoms: readonly number[],
  exchange: () => Exchange = () => exchangeOf(),
): Exchange[] {
  const left = [...randoms];
  const tracing = new ExchangeTracing(
    new TestEnv().clock,
    () => {},
    () => left.shift()!,
  );
  tracing.follow(planOf(trace), 1);
  return randoms.map(() => {
    const each = exchange();
    tracing.begin(each);
    return each;
  });
}

describe('ExchangeTracing', () => {
  it('is off unless a plan says something of traces', () => {
    const tracing = new ExchangeTracing(new TestEnv().clock, undefined);
    assert.equal(tracing.on, false);
    tracing.follow(planOf(off), 1);
    assert.equal(tracing.on, true);
    tracing.follow(planOf(undefined), 1);
    assert.equal(tracing.on, false);
  });

  it('takes the share that it is told to take', () => {
    const exchanges = begun({ ...off, sample: 0.25 }, [0, 0.2499, 0.25, 0.99]);
    assert.deepEqual(
      exchanges.map(({ trace }) => trace !== undefined),
      [true, true, false, false],
    );
    assert.ok(begun({ ...off, sample: 1 }, [0.999_999])[0]!.trace);
  });

  it('asks no random number where nothing is sampled', () => {
    const tracing = new ExchangeTracing(new TestEnv().clock, undefined, () => assert.fail('it was asked'));
    tracing.follow(planOf({ ...off, header: 'X-Trace' }), 1);
    const exchange = exchangeOf();
    tracing.begin(exchange);
    assert.equal(exchange.trace, undefined);
  });

  it('believes the field from the client that is named, not from the proxy that passes it on', () => {
    const ask = (address: string, trusted: boolean, ...more: [string, string][]): boolean => {
      const client = clientOf({ address, trusted });
      const exchange = (): Exchange => exchangeOf({ client, headers: headersOf(['x-TRACE', ''], ...more) });
      return begun({ ...off, header: 'X-Trace' }, [0], exchange)[0]!.trace !== undefined;
    };
    assert.equal(ask('192.0.2.1', false), true);
    assert.equal(ask('198.51.100.1', false), false);
    assert.equal(ask('198.51.100.1', false, ['X-Forwarded-For', '192.0.2.1']), false);
    assert.equal(ask('10.0.0.1', true, ['X-Forwarded-For', '192.0.2.1']), true);
    assert.equal(ask('10.0.0.1', true, ['X-Forwarded-For', '198.51.100.1']), false);
    assert.equal(ask('unix', false), false);
  });

  it('makes spans for a share of those that begin a trace, and tells servers of it either way', () => {
    const exchanges = begun({ ...off, otlp }, [0.49, 0.5]);
    assert.deepEqual(
      exchanges.map(({ span, trace }) => [span !== undefined, trace !== undefined]),
      [
        [true, false],
        [false, false],
      ],
    );
    assert.deepEqual(
      exchanges.map(({ headers }) => headers.get('traceparent')?.slice(-3)),
      ['-01', '-00'],
    );
  });

  it('makes no spans where nobody takes them', () => {
    const tracing = new ExchangeTracing(new TestEnv().clock, undefined, () => 0);
    tracing.follow(planOf({ ...off, otlp }), 1);
    const exchange = exchangeOf();
    tracing.begin(exchange);
    assert.equal(exchange.span, undefined);
    assert.equal(exchange.headers.has('traceparent'), false);
  });

  it('shows an exchange that was over before a server had it', () => {
    const env = new TestEnv();
    const tracing = new ExchangeTracing(env.clock, undefined, () => 0);
    tracing.follow(planOf({ ...off, sample: 1 }), 1);
    const timings = { started: env.ms, headRead: env.ms, queuedMs: 0, connected: 0, firstByte: 0, ended: env.ms + 1.5 };
    const exchange = exchangeOf({ id: 'a', timings, status: 403, reason: 'address-denied' });
    tracing.begin(exchange);
    exchange.trace!.add('client', 'makes query ?password=geheim of ?a=1');
    tracing.finished(exchange);
    const traced = tracing.traced('a')!;
    assert.equal(traced.at, new Date(env.clock.date()).toISOString());
    assert.deepEqual(traced.timings, { headRead: 0, ended: 1.5 });
    assert.deepEqual(traced.notes, [{ step: 'client', what: 'makes query ?password=***', at: 0 }]);
    assert.deepEqual([traced.status, traced.reason, traced.server], [403, 'address-denied', '']);
  });
});
