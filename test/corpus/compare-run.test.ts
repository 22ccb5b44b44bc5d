import assert from 'node:assert/strict';

import { needing } from '../harness/peers/needing.ts';
import { proxyTest, type World } from '../harness/proxy-test.ts';
import type { RequestCase, ResponseCase } from './cases.ts';
import { proxies } from './compare-proxies.ts';
import { compareRequests, compareResponses } from './compare-run.ts';
import type { ProxyPeer } from './peers/proxy-peer.ts';

// oxlint-disable-next-line unicorn/no-thenable -- what the client does then, as in the files
const named = { source: 'made up', free: false, then: 'wait' } as const;
const get = Buffer.from('GET /a HTTP/1.1\r\nHost: a.test\r\n\r\n');

const requests: readonly RequestCase[] = [
  { ...named, name: 'passes', send: get, passed: [{ line: 'GET /a' }] },
  { ...named, name: 'is wrongly expected to be refused', send: get, passed: [], refused: { status: 400 } },
  { ...named, name: 'the same, but free', free: true, send: get, passed: [], refused: { status: 400 } },
  { ...named, name: 'is wrongly expected to pass', send: Buffer.from('GET\r\n\r\n'), passed: [{ line: 'GET /' }] },
];

const answer = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
const responses: readonly ResponseCase[] = [
  { ...named, name: 'passes', request: get, answer, passed: { status: 200, interim: [], body: Buffer.from('ok') } },
  { ...named, name: 'is wrongly expected to be cut', request: get, answer, cut: 'server-closed' },
];

/** What must never be waited for in vain on a busy machine; what does not come is waited for once. */
const patienceMs = 3000;

async function compareWith(world: World, proxy: ProxyPeer): Promise<void> {
  const heard = await compareRequests(world, proxy, requests, patienceMs);
  assert.deepEqual(
    heard.map(({ verdict }) => verdict),
    ['as-expected', 'unsafe', 'as-expected', 'refused-valid'],
  );
  const got = await compareResponses(world, proxy, responses, patienceMs);
  assert.deepEqual(
    got.map(({ verdict }) => verdict),
    ['as-expected', 'unsafe'],
  );
  assert.match(await proxy.version(), /^v?\d+\.\d/);
}

const [postern, ...others] = proxies;

proxyTest('what Postern makes of a case is judged', (world) => compareWith(world, postern!));

// Caddy is only needed for the comparison itself.
for (const proxy of others.filter(({ program }) => program !== 'caddy')) {
  needing(proxy.program).proxyTest(`what ${proxy.name} makes of a case is judged`, (world) =>
    compareWith(world, proxy),
  );
}
