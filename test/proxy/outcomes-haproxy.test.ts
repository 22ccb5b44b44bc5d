// Which answers count against a server: the same as with HAProxy's `observe layer7`.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import { readAnswer, statusOf, textOf } from '../harness/message.ts';
import { needing } from '../harness/peers/needing.ts';
import { freePort } from '../harness/free-port.ts';
import { startServer } from '../harness/peers/programs.ts';
import type { World } from '../harness/proxy-test.ts';
import { serve } from '../harness/raw-server.ts';
import { get } from '../harness/requests.ts';
import { outcomeOfStatus } from '../../src/proxy/upstream/passive/outcome.ts';

const { proxyTest } = needing('haproxy');

const statuses = [200, 204, 301, 400, 404, 429, 499, 500, 501, 502, 503, 504, 505, 507, 511, 599];

/** @returns the port of an HAProxy that takes a server out at its first failure, one pool for each status. */
async function haproxy(world: World, to: number): Promise<number> {
  const port = await freePort();
  const file = path.join(await world.folder(), 'haproxy.cfg');
  const pools = statuses.map(
    (status) => `backend s${status}
  server a 127.0.0.1:${to} check inter 1h observe layer7 error-limit 1 on-error mark-down
`,
  );
  await writeFile(
    file,
    `global
  maxconn 200
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  retries 0
listen in
  bind 127.0.0.1:${port}
  use_backend s%[path,field(2,/)]
${pools.join('')}`,
  );
  await startServer(world, 'haproxy', ['-db', '-f', file], port);
  return port;
}

proxyTest('a status counts against a server exactly where it does with HAProxy', async (world) => {
  const server = await world.server(
    serve(({ start }) => `HTTP/1.1 ${/\/(\d+)/.exec(start)![1]} X\r\nContent-Length: 0\r\n\r\n`),
  );
  const port = await haproxy(world, (server.place as { readonly port: number }).port);
  const ask = async (status: number): Promise<string> => {
    const answer = await readAnswer(await world.send(port, get(`/${status}`)));
    return `${statusOf(answer)} ${textOf(answer).includes('No server is available')}`;
  };
  for (const status of statuses) {
    const first = await ask(status);
    assert.equal(first, `${status} false`);
    const out = (await ask(status)) === '503 true';
    assert.equal(out, outcomeOfStatus(status) !== 'good', String(status));
  }
});
