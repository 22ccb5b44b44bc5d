import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import type { Plan } from '../../proxy/index.ts';
import { SpanKeeper } from './span-keeper.ts';

const log: Logger = { debug() {}, info() {}, warn() {}, error() {} };

async function collectorFor(t: TestContext): Promise<{ endpoint: string; spans: unknown[] }> {
  const spans: unknown[] = [];
  const take = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    spans.push(...JSON.parse(await text(request)).resourceSpans[0].scopeSpans[0].spans);
    response.end('{}');
  };
  const server = http.createServer((request, response) => void take(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`, spans };
}

/** The part of a plan that matters here. */
function planOf(endpoint: string | undefined, sample = 1): Plan {
  const otlp = endpoint === undefined ? undefined : { endpoint, headers: {}, service: 'x', sample, continue: 'never' };
  return { instance: 'i', trace: { sample: 0, header: undefined, from: [], otlp } } as unknown as Plan;
}

describe('SpanKeeper', () => {
  it('drops spans that nobody wants, and counts them', async () => {
    const keeper = new SpanKeeper({ version: '1', clock: systemClock, log });
    keeper.take(['1', '2']);
    await keeper.follow(planOf(undefined));
    keeper.take(['3']);
    await keeper.close();
    assert.deepEqual(keeper.counts, { sent: 0, dropped: 3 });
  });

  it('follows the config from one collector to the next, and loses none', async (t) => {
    const keeper = new SpanKeeper({ version: '1', clock: systemClock, log });
    const [first, second] = [await collectorFor(t), await collectorFor(t)];
    await keeper.follow(planOf(first.endpoint));
    keeper.take(['1']);
    await keeper.follow(planOf(first.endpoint, 0.5)); // Not of this one's business.
    keeper.take(['2']);
    await keeper.follow(planOf(second.endpoint));
    keeper.take(['3']);
    await keeper.follow(planOf(undefined));
    await keeper.close();
    assert.deepEqual(first.spans, [1, 2]);
    assert.deepEqual(second.spans, [3]);
    assert.deepEqual(keeper.counts, { sent: 3, dropped: 0 });
  });
});
