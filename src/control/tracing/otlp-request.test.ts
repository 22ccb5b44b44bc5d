import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { OtlpRequest, retryAfter, type SendResult } from './otlp-request.ts';

/** What becomes of a batch with a collector that answers like this. */
async function sent(t: TestContext, answer: http.RequestListener, timeoutMs = 10_000): Promise<SendResult> {
  const server = http.createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const request = new OtlpRequest({ endpoint: `http://127.0.0.1:${port}/x?y=1`, headers: { 'x-key': 'k' }, timeoutMs });
  t.after(() => {
    request.close();
    server.closeAllConnections();
    server.close();
  });
  return await request.send('{"a":"ä"}');
}

function answering(status: number, body = '', headers: http.OutgoingHttpHeaders = {}): http.RequestListener {
  return (request, response) => {
    request.resume();
    response.writeHead(status, headers);
    response.end(body);
  };
}

describe('OtlpRequest', () => {
  it('posts JSON with the fields of the config, and keeps the connection', async (t) => {
    const seen: unknown[] = [];
    const ports = new Set<number | undefined>();
    const take = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
      const { method, url, headers } = request;
      seen.push([method, url, headers['content-type'], headers['x-key'], await text(request)]);
      ports.add(request.socket.remotePort);
      response.end('{}');
    };
    const server = http.createServer((request, response) => void take(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`;
    const request = new OtlpRequest({ endpoint, headers: { 'x-key': 'k' }, timeoutMs: 10_000 });
    t.after(() => {
      request.close();
      server.closeAllConnections();
      server.close();
    });
    for (let i = 0; i < 3; i++) {
      assert.deepEqual(await request.send('{"a":"ä"}'), { kind: 'taken', rejected: 0, why: '' });
    }
    assert.deepEqual(seen[2], ['POST', '/v1/traces', 'application/json', 'k', '{"a":"ä"}']);
    assert.equal(ports.size, 1);
  });

  it('knows what was taken in part', async (t) => {
    const body = JSON.stringify({ partialSuccess: { rejectedSpans: '3', errorMessage: 'too old' } });
    assert.deepEqual(await sent(t, answering(200, body)), { kind: 'taken', rejected: 3, why: 'too old' });
    const odd = JSON.stringify({ partialSuccess: { rejectedSpans: -1, errorMessage: {} } });
    assert.deepEqual(await sent(t, answering(202, odd)), { kind: 'taken', rejected: 0, why: '' });
    assert.deepEqual(await sent(t, answering(200, 'no json')), { kind: 'taken', rejected: 0, why: '' });
  });

  it('tells what may be tried again from what may not', async (t) => {
    for (const status of [429, 502, 503, 504]) {
      const result = await sent(t, answering(status, '', { 'retry-after': '7' }));
      assert.deepEqual(result, { kind: 'later', why: `the collector answers with ${status}`, afterMs: 7000 });
    }
    for (const status of [301, 400, 401, 404, 500]) {
      assert.deepEqual(await sent(t, answering(status)), {
        kind: 'refused',
        why: `the collector answers with ${status}`,
      });
    }
  });

  it('survives collectors that hang up, answer nonsense, for ever or not at all', async (t) => {
    const hangsUp = await sent(t, (request) => request.socket.destroy());
    assert.equal(hangsUp.kind, 'later');
    const nonsense = await sent(t, (request) => request.socket.end('nonsense\r\n\r\n'));
    assert.equal(nonsense.kind, 'later');
    const endless = await sent(t, (_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      };
      response.on('drain', more).on('error', () => {});
      more();
    });
    assert.equal(endless.kind, 'taken');
    const silent = await sent(t, () => {}, 50);
    assert.deepEqual(silent, { kind: 'later', why: 'no answer came within 0.05 s', afterMs: undefined });
    const stalled = await sent(t, (_, response) => void response.write('{'), 50);
    assert.equal(stalled.kind, 'later');
  });

  it('says where nobody listens', async (t) => {
    const request = new OtlpRequest({ endpoint: 'http://127.0.0.1:1/v1/traces', headers: {}, timeoutMs: 5000 });
    t.after(() => request.close());
    const result = await request.send('{}');
    assert.equal(result.kind, 'later');
    assert.ok(result.kind === 'later' && result.why.includes('ECONNREFUSED'), JSON.stringify(result));
  });
});

describe('retryAfter()', () => {
  it('reads seconds and dates, and is bounded', () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    assert.equal(retryAfter('5', now), 5000);
    assert.equal(retryAfter('Thu, 01 Jan 2026 00:00:09 GMT', now), 9000);
    assert.equal(retryAfter('Thu, 01 Jan 2025 00:00:09 GMT', now), 0);
    assert.equal(retryAfter('999999999', now), 300_000);
    assert.equal(retryAfter('soon', now), undefined);
    assert.equal(retryAfter(undefined, now), undefined);
  });
});
