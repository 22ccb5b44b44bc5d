import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';

import { planOf } from '../../../test/harness/plan-of.ts';
import { systemClock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import { ServerBoard } from './server-board.ts';
import { ServerCare } from './server-care.ts';
import { SplitBoard } from './split-board.ts';

function boardWithSplit(): SplitBoard {
  const parts = [
    { pool: 'stable', weight: 95 },
    { pool: 'canary', weight: 5 },
  ];
  const pools = { stable: { servers: [] }, canary: { servers: [] } };
  const more = { name: 'www', split: { parts, fallback: true, sticky: undefined } };
  const splits = new SplitBoard();
  splits.keep(planOf({ pools, routes: [{ more }] }, 'log'));
  return splits;
}

test('a split that is changed is a line of the log and an event of the webhook, until all stops', async (t) => {
  const server = http.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const lines: string[] = [];
  const log: Logger = { debug: () => {}, info: (line) => lines.push(line), warn: () => {}, error: () => {} };
  const splits = boardWithSplit();
  const env = { board: new ServerBoard(1), splits, clock: systemClock, log, version: '1.2.3', addressesOf: () => [] };
  const care = new ServerCare(env);
  const { port } = server.address() as AddressInfo;
  const webhook = { url: `http://127.0.0.1:${port}/`, headers: {}, on: ['split-changed'] as const, timeoutMs: 5000 };
  care.follow({ plan: { pools: [] }, events: { webhook } });
  splits.set('www', { canary: 20 }, 'by a test');
  const [request, response] = (await once(server, 'request')) as [http.IncomingMessage, http.ServerResponse];
  const { at, host, ...event } = JSON.parse(await text(request)) as Record<string, unknown>;
  response.end();
  assert.deepEqual(event, {
    event: 'split-changed',
    route: 'www',
    pools: [
      { pool: 'stable', weight: 95, before: 95 },
      { pool: 'canary', weight: 20, before: 5 },
    ],
    why: 'by a test',
    version: '1.2.3',
  });
  assert.ok(Math.abs(Date.parse(String(at)) - Date.now()) < 60_000);
  assert.equal(typeof host, 'string');
  care.stop();
  splits.set('www', undefined, 'after the end');
  assert.deepEqual(lines, ['The split of www is stable 95, canary 20 (5 before): by a test']);
});
