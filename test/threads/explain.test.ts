import assert from 'node:assert/strict';
import { test } from 'node:test';

import { until } from '../harness/until.ts';
import { ThreadSite } from './thread-site.ts';

const timeout = 60_000;

const request = {
  method: 'GET',
  target: '/a',
  authority: 'shop.test',
  headers: [['accept', 'x/y']] as const,
  from: '192.0.2.1',
};

void test(
  'an explanation comes from a thread, counts nothing, and a thread that dies is not waited for',
  { timeout },
  async (t) => {
    const site = await ThreadSite.start(t);
    const listener = (await site.group.status()).listeners[0]!.name;
    const explained = async (): Promise<string> => (await site.group.explain({ ...request, listener })).end.kind;
    assert.equal(await explained(), 'server');
    assert.equal((await site.group.status()).exchangesTotal, 0);
    assert.equal(site.server.requests.length, 0);
    await assert.rejects(site.group.explain({ ...request, listener: 'none' }), /there is no listener none/);

    site.kill(0);
    await until('the first thread to be lost', () => site.group.facts[0]!.state === 'starting');
    assert.equal(await explained(), 'server');
    await site.whole(1);
    assert.equal(await explained(), 'server');
  },
);
