import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { PosternStatus } from '../control/controlled.ts';
import { statusText } from './status-text.ts';

const status: PosternStatus = {
  version: '1.2.3',
  pid: 42,
  node: 'v26.1.0',
  phase: 'running',
  startedAt: '2026-11-21T08:00:00.000Z',
  uptimeMs: 3_725_000,
  memoryBytes: 81_234_567,
  config: { from: './postern.yaml', loadedAt: '2026-11-21T09:00:00.000Z', lastFailure: undefined },
  threads: [
    {
      name: 'data-1',
      state: 'running',
      replaced: 0,
      generation: 3,
      traffic: {
        connections: 3,
        exchanges: 2,
        exchangesTotal: 99,
        loop: { mean: 0.1, p99: 1.26, max: 7 },
        heapBytes: 12_300_000,
      },
    },
  ],
  listeners: [{ name: 'web', address: '127.0.0.1:8080' }],
  traffic: {
    listeners: [{ name: 'web', address: '127.0.0.1:8080', connections: 3 }],
    connections: 3,
    connectionsTotal: 10,
    connectionsRefused: 1,
    exchanges: 2,
    exchangesTotal: 99,
    tunnels: 0,
    pools: [
      {
        name: 'app',
        waiting: 5,
        servers: [
          {
            name: 'http://app.test:80',
            addresses: ['192.0.2.1', '2001:db8::1'],
            exchanges: 2,
            maxRequests: 2,
            open: 2,
            idle: 1,
            exchangesTotal: 99,
            failuresTotal: 4,
          },
        ],
      },
    ],
    accessLog: { written: 97, dropped: 0 },
    loop: { mean: 0.1, p99: 1.26, max: 7 },
    heapBytes: 12_300_000,
  },
  disabled: [],
  certificates: [
    {
      listener: 'web',
      name: 'certs/www.pem',
      names: ['www.example.com', '*.example.com', 'a.example', 'b.example'],
      issuer: 'CA',
      notAfter: '2027-01-02T03:04:05.000Z',
      daysLeft: 41,
      fingerprint: '0123456789abcdef0123456789abcdef',
    },
  ],
  servers: [],
  names: [{ name: 'app.test', addresses: ['192.0.2.1', '2001:db8::1'], source: 'dns', failure: undefined }],
};

test('statusText() shows all facts in columns', () => {
  assert.equal(
    statusText(status),
    `Postern      1.2.3, running for 1 h 2 min (pid 42, Node v26.1.0)
config       ./postern.yaml, loaded 2026-11-21T09:00:00.000Z
memory       81 MB
connections  3 open, 10 in all, 1 refused
requests     2 in flight, 99 in all
access log   97 lines written, 0 dropped

THREAD  STATE    CONNECTIONS  IN FLIGHT  REQUESTS  LOOP DELAY  HEAP   PLAN
data-1  running  3            2          99        1.3 ms      12 MB  3

LISTENER  ADDRESS         CONNECTIONS
web       127.0.0.1:8080  3

LISTENER  CERTIFICATE    FOR                                                 UNTIL       DAYS LEFT  SHA-256
web       certs/www.pem  www.example.com *.example.com a.example and 1 more  2027-01-02  41         0123456789abcdef

POOL  SERVER              ADDRESSES              NOW     OPEN  IDLE  REQUESTS  FAILURES
app   http://app.test:80  192.0.2.1 2001:db8::1  2 of 2  2     1     99        4
5 requests wait for a server of app

NAME      FROM  STATE
app.test  dns   fine`,
  );
});

test('statusText() does without the thread while it is being replaced, and tells of the last failure', () => {
  const text = statusText({
    ...status,
    traffic: undefined,
    threads: [{ name: 'data-1', state: 'starting', replaced: 2, generation: 1, traffic: undefined }],
    config: { ...status.config, lastFailure: { at: 'now', problems: [{ message: 'Cannot listen' }] } },
    names: [],
    certificates: [],
  });
  assert.match(text, /data-1 +starting, replaced 2 times +- +- +- +- +- +1/);
  assert.match(text, /last reload +failed now: 1 problems, the first is: Cannot listen/);
  assert.match(text, /web +127\.0\.0\.1:8080$/);
});

test('statusText() says below the facts what does not work, and why', () => {
  const part = { kind: 'route', name: 'shop', reason: 'Cannot read the password file "users"' } as const;
  const text = statusText({ ...status, disabled: [part] });
  assert.match(text, /\n\n1 route disabled: shop\n {2}route shop: Cannot read the password file "users"\n\nTHREAD/);
});
