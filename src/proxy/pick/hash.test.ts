import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import type { HashSource } from '../balance-plan.ts';
import type { Exchange } from '../exchange.ts';
import { exchangeOf, headersOf } from '../fixtures.test.ts';
import type { Picker } from '../picker.ts';
import { countsOf, dry, manyServers, pickerOf, real, serversOf, whyOf, type TestServer } from './fixtures.test.ts';
import { keyReader, keyText } from './hash-key.ts';

function hashOf(
  servers: readonly TestServer[],
  of: HashSource = { kind: 'client-address' },
  loadFactor = 0,
): Picker<TestServer> {
  return pickerOf({ kind: 'hash', of, loadFactor }, servers);
}

function from(clientAddress: string): Exchange {
  return exchangeOf({ clientAddress });
}

void test('each key is taken from where it stands', () => {
  const target = { path: '/a/b', query: '?id=7&ID=8&empty=&x', raw: '' };
  const headers = headersOf(
    ['X-Tenant', 'one'],
    ['x-tenant', 'two'],
    ['Cookie', 'a=1;XSID=0;  SID=s1 ;b="q"'],
    ['cookie', 'SID=s2'],
  );
  const exchange = exchangeOf({ clientAddress: '192.0.2.1', target, headers, host: 'www.example.com' });
  const key = (source: HashSource): string | undefined => keyReader(source)(exchange);
  assert.equal(key({ kind: 'client-address' }), '192.0.2.1');
  assert.equal(key({ kind: 'path' }), '/a/b');
  assert.equal(key({ kind: 'uri' }), '/a/b?id=7&ID=8&empty=&x');
  assert.equal(key({ kind: 'header', name: 'x-tenant' }), 'one');
  assert.equal(key({ kind: 'header', name: 'host' }), 'www.example.com');
  assert.deepEqual(
    ['SID', 'a', 'b', 'sid', 'c'].map((name) => key({ kind: 'cookie', name })),
    ['s1', '1', '"q"', undefined, undefined],
  );
  assert.deepEqual(
    ['id', 'ID', 'empty', 'x', 'd'].map((name) => key({ kind: 'query', name })),
    ['7', '8', undefined, undefined, undefined],
  );
  assert.equal(key({ kind: 'header', name: 'x-none' }), undefined);
});

void test('a request finds the same server again, and those without the key go by turns', () => {
  const usable = serversOf(1, 1, 1, 1);
  const picker = hashOf(usable);
  for (let i = 0; i < 20; i++) {
    const chosen = picker.pick(from(`10.0.0.${i}`), usable, undefined);
    assert.equal(picker.pick(from(`10.0.0.${i}`), usable, undefined), chosen);
  }
  const byCookie = hashOf(usable, { kind: 'cookie', name: 'SID' });
  assert.deepEqual(countsOf(byCookie, usable, 40), [10, 10, 10, 10]);
});

void test('keys are spread by weight', () => {
  const usable = serversOf(10, 20, 30);
  const counts = countsOf(hashOf(usable), usable, 60_000, (i) => from(`10.1.${i >> 8}.${i & 255}`));
  for (const [i, count] of counts.entries())
    assert.ok(Math.abs(count / (10_000 * (i + 1)) - 1) < 0.1, counts.join(' '));
});

void test('a server that goes down moves nobody else, whatever the weights, and its clients come back to it', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 2, maxLength: 8 }), fc.nat(7), (weights, at) => {
      const servers = serversOf(...weights);
      const gone = servers[at % servers.length]!;
      const picker = hashOf(servers);
      const left = servers.filter((server) => server !== gone);
      const owners = Array.from({ length: 300 }, (_, i) => picker.pick(from(`10.0.0.${i}`), servers, undefined));
      for (const [i, owner] of owners.entries()) {
        const now = picker.pick(from(`10.0.0.${i}`), left, undefined);
        if (owner !== gone) assert.equal(now, owner);
      }
      const again = [...servers];
      for (const [i, owner] of owners.entries())
        assert.equal(picker.pick(from(`10.0.0.${i}`), again, undefined), owner);
    }),
    { numRuns: 30 },
  );
});

void test('a slow start gives a server some of its keys, and takes none from it but its own', () => {
  const servers = serversOf(1, 1, 1);
  const picker = hashOf(servers);
  const owners = Array.from({ length: 2000 }, (_, i) => picker.pick(from(`k${i}`), servers, undefined));
  servers[1]!.weight = 0.25;
  const list = [...servers];
  let kept = 0;
  for (const [i, owner] of owners.entries()) {
    const now = picker.pick(from(`k${i}`), list, undefined);
    if (owner === servers[1]) kept += now === owner ? 1 : 0;
    else assert.equal(now, owner);
  }
  assert.ok(kept > 50 && kept < 350, String(kept));
});

void test('with a load factor nobody has more than so many times the mean, however uneven the keys', () => {
  const epsilon = fc.constantFrom(1, 1.1, 1.25, 2);
  const weights = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 12 });
  fc.assert(
    fc.property(epsilon, weights, fc.integer({ min: 1, max: 50 }), (loadFactor, given, keys) => {
      const servers = serversOf(...given);
      const picker = hashOf(servers, undefined, loadFactor);
      const sum = given.reduce((all, each) => all + each, 0);
      for (let taken = 1; taken <= 300; taken++) {
        const chosen = picker.pick(from(`k${(taken * taken) % keys}`), servers, undefined);
        chosen.active++;
        assert.ok(
          chosen.active <= Math.ceil((loadFactor * taken * chosen.weight) / sum),
          `${chosen.active} of ${taken}`,
        );
      }
    }),
    { numRuns: 40 },
  );
});

void test('what is too much for a server goes to the next on the ring, always the same', () => {
  const servers = manyServers(10);
  const picker = hashOf(servers, undefined, 1.25);
  const own = picker.pick(from('a'), servers, undefined);
  for (const server of servers) server.active = 10;
  own.active = 14;
  const next = picker.pick(from('a'), servers, undefined);
  assert.notEqual(next, own);
  assert.equal(picker.pick(dry.clientAddress === '' ? { ...dry, clientAddress: 'a' } : dry, servers, undefined), next);
  assert.equal(hashOf(servers).pick(from('a'), servers, undefined), own, 'without a bound');
  own.active = 10;
  assert.equal(picker.pick(from('a'), servers, undefined), own);
});

void test('what was tried is avoided while there is another', () => {
  const servers = serversOf(1, 1, 1);
  const picker = hashOf(servers);
  const own = picker.pick(from('a'), servers, undefined);
  const next = picker.pick(from('a'), servers, new Set([own]));
  const last = picker.pick(from('a'), servers, new Set([own, next]));
  assert.equal(new Set([own, next, last]).size, 3);
  assert.ok(servers.includes(picker.pick(from('a'), servers, new Set(servers))));
  const steep = serversOf(256, 256, 1);
  const untried = steep[2]!;
  for (let i = 0; i < 100; i++) {
    assert.equal(hashOf(steep).pick(from(`k${i}`), steep, new Set(steep.slice(0, 2))), untried);
  }
});

void test('weights that are raised at run time make the ring no larger than twice its bound', () => {
  const servers = manyServers(1000);
  const picker = hashOf(servers);
  for (const server of servers) server.weight = 256;
  const list = [...servers];
  const counts = countsOf(picker, list, 20_000, (i) => from(`k${i}`));
  assert.ok(Math.max(...counts) < 60, `one of 1000 has ${Math.max(...counts)} of 20000`);
});

void test('a pool of one server needs no ring', () => {
  const one = serversOf(1);
  assert.equal(hashOf(one).pick(from('a'), one, undefined), one[0]);
  assert.equal(hashOf(one).pick(real, one, new Set(one)), one[0]);
});

void test('the trace is told what was hashed, and who was passed over', () => {
  const servers = serversOf(1, 1);
  const picker = hashOf(servers, { kind: 'cookie', name: 'SID' }, 1.25);
  const headers = headersOf(['cookie', 'SID=1']);
  const own = picker.pick({ ...real, headers }, servers, undefined);
  const other = servers.find((server) => server !== own)!;
  assert.equal(whyOf(picker, servers, { headers }), `${own.name}: pool app, hash: by the cookie SID`);
  own.active = 9;
  const past = `${other.name}: pool app, hash: by the cookie SID, past ${own.name} (9 exchanges, weight 1)`;
  assert.equal(whyOf(picker, servers, { headers }), past);
  assert.equal(whyOf(picker, servers), 'a: pool app, hash: its turn, as the request lacks the cookie SID');
  const sources: HashSource[] = [
    { kind: 'client-address' },
    { kind: 'uri' },
    { kind: 'path' },
    { kind: 'query', name: 'q' },
  ];
  assert.deepEqual(sources.map(keyText), [
    'the address of the client',
    'path and query',
    'the path',
    'the parameter q',
  ]);
});
