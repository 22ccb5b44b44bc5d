import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TracedExchange } from '../proxy/index.ts';
import { tracedText } from './traced-text.ts';

const traced: TracedExchange = {
  id: 'a1',
  at: '2026-01-02T03:04:05.678Z',
  listener: 'web',
  client: { address: '192.0.2.7', peer: '10.0.0.1', port: 5000, tls: 'TLSv1.3' },
  protocol: 'HTTP/1.1',
  method: 'GET',
  url: 'https://shop.example.com/cart?id=1',
  notes: [
    { step: 'client', what: 'the client is 192.0.2.7', at: 0.25 },
    { step: 'pick', what: 'pool app, round-robin', by: 'a', at: 0.3 },
    { step: 'server', what: 'connect-refused: Cannot connect', by: 'a', at: 12.4 },
    { step: 'server', what: 'answers with 200', by: 'b', at: 20 },
  ],
  route: 'shop',
  pool: 'app',
  server: 'b',
  user: 'anna',
  retries: 1,
  status: 200,
  reason: undefined,
  bytesIn: 0,
  bytesOut: 512,
  timings: { headRead: 0.2, connected: 12.5, firstByte: 20, ended: 20.5 },
  traceId: 'f'.repeat(32),
};

describe('tracedText()', () => {
  it('tells of client, steps, server and times', () => {
    assert.equal(
      tracedText(traced).replace(/ +$/gm, ''),
      `GET https://shop.example.com/cart?id=1
came in by listener web from 192.0.2.7 by way of 10.0.0.1, port 5000
at 2026-01-02T03:04:05.678Z, HTTP/1.1, TLSv1.3

  AFTER    STEP    BY
  0.25 ms  client      the client is 192.0.2.7
  0.30 ms  pick    a   pool app, round-robin
  12 ms    server  a   connect-refused: Cannot connect
  20 ms    server  b   answers with 200

ended with 200 after 21 ms
route shop
server b of pool app, after one retry
user anna
head read after 0.20 ms, with a server after 13 ms, answer began after 20 ms
0 bytes of a body came in, 512 went out
trace ${'f'.repeat(32)} at the collector`,
    );
  });

  it('lets nothing of a request steer the terminal', () => {
    const text = tracedText({ ...traced, url: 'http://x/\u001B[2J\u009B1m\u202E', user: 'a\rb' });
    assert.ok(text.includes('http://x/\\u001b[2J\\u009b1m\\u202e'));
    assert.ok(text.includes('user a\\u000db'));
  });
});
