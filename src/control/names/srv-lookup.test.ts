import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ownDns, srv, type Zone } from './fixtures.test.ts';
import { readSrvText, SrvLookup } from './srv-lookup.ts';

const name = '_http._tcp.app.test';

test('records come with the time for which they hold', async (t) => {
  const zone: Zone = new Map([[`SRV ${name}`, [srv(name, '2 1 81 b.test', 9), srv(name, '1 5 80 a.test', 20)]]]);
  const { server } = await ownDns(t, zone);
  const answer = await new SrvLookup([server]).lookup(name);
  assert.deepEqual(answer, { ipv4: ['1 5 80 a.test', '2 1 81 b.test'], ipv6: [], ttlSeconds: 9 });
  assert.deepEqual(readSrvText('1 5 80 a.test'), { priority: 1, weight: 5, port: 80, target: 'a.test' });
});

test('an answer that is too long for UDP is asked for over TCP', async (t) => {
  const records = Array.from({ length: 200 }, (_, i) => srv(name, `1 1 ${1000 + i} host-${i}.app.test`));
  const { server, asked } = await ownDns(t, new Map([[`SRV ${name}`, records]]));
  const answer = await new SrvLookup([server]).lookup(name);
  assert.equal(answer.ipv4?.length, 200);
  assert.deepEqual(asked, [`udp SRV ${name}`, `tcp SRV ${name}`]);
});

test('where one server fails the next is asked, and a name that is not there is not asked for again', async (t) => {
  const bad = await ownDns(t, new Map([[`SRV ${name}`, 'servfail' as const]]));
  const good = await ownDns(t, new Map([[`SRV ${name}`, [srv(name, '1 1 80 a.test')]]]));
  assert.equal((await new SrvLookup([bad.server, good.server]).lookup(name)).ipv4?.length, 1);
  const nothing = new SrvLookup([good.server, bad.server]).lookup('_no._tcp.app.test');
  await assert.rejects(nothing, { message: 'Cannot find servers for _no._tcp.app.test: there is no such name' });
  assert.equal(bad.asked.length, 1);
  await assert.rejects(new SrvLookup([bad.server]).lookup(name), /the DNS server failed/);
});

test('a service that says that it is not there, or nothing, has no servers', async (t) => {
  const zone: Zone = new Map([
    [`SRV ${name}`, [srv(name, '0 0 0 .')]],
    ['SRV empty.test', []],
  ]);
  const { server } = await ownDns(t, zone);
  await assert.rejects(new SrvLookup([server]).lookup(name), /it has no SRV record/);
  await assert.rejects(new SrvLookup([server]).lookup('empty.test'), /it has no SRV record/);
});
