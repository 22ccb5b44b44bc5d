// Clients that stay with their server, and pools that share the requests of a route, over real sockets.
import assert from 'node:assert/strict';

import type { PoolPlan, SplitPlan, StickyPlan } from '../../src/proxy/index.ts';
import { CookieJar } from '../harness/cookie-jar.ts';
import { readAnswer, readHead, textOf, valueOf, valuesOf } from '../harness/message.ts';
import { proxyTest, type World } from '../harness/proxy-test.ts';
import type { ProxyUnderTest } from '../harness/proxy-under-test.ts';
import { ok, serve, type RawServer } from '../harness/raw-server.ts';
import { get } from '../harness/requests.ts';
import { until } from '../harness/until.ts';

const cookie = {
  name: 'srv',
  path: '/',
  domain: undefined,
  sameSite: 'Lax',
  secret: 'a secret for all of them',
} as const;
const byCookie: StickyPlan = { by: { kind: 'cookie', cookie }, maxAgeMs: 0, maxIdleMs: 0 };

interface Site {
  readonly proxy: ProxyUnderTest;
  readonly servers: readonly RawServer[];
}

/** A proxy before servers that answer with their number. */
async function site(world: World, sticky: StickyPlan, count = 3): Promise<Site> {
  const servers: RawServer[] = [];
  for (let i = 0; i < count; i++) servers.push(await world.server(serve(() => ok(String(i)))));
  const proxy = await world.proxy({ servers, pool: { sticky } });
  return { proxy, servers };
}

proxyTest(
  'a cookie brings a client back to its server, over connections, and the server never sees it',
  async (world) => {
    const { proxy, servers } = await site(world, byCookie);
    const jars = [new CookieJar(), new CookieJar(), new CookieJar()];
    const first: string[] = [];
    for (const jar of jars) {
      jar.set('theirs', 'x=1');
      const answer = await jar.ask(await world.client(proxy));
      first.push(textOf(answer));
      assert.match(valuesOf(answer, 'Set-Cookie')[0]!, /^srv=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
      assert.equal(valueOf(answer, 'Cache-Control'), 'private');
    }
    assert.deepEqual(first.toSorted(), ['0', '1', '2']);
    for (let round = 0; round < 4; round++) {
      for (const [i, jar] of jars.entries()) {
        const answer = await jar.ask(await world.client(proxy));
        assert.equal(textOf(answer), first[i]);
        assert.deepEqual(valuesOf(answer, 'Set-Cookie'), [], 'it is set once');
        assert.equal(valueOf(answer, 'Cache-Control'), undefined);
      }
    }
    const seen = servers.flatMap(({ requests }) => requests.map((request) => valueOf(request, 'Cookie')));
    assert.deepEqual(new Set(seen), new Set(['theirs=x=1']));
  },
);

proxyTest(
  'a cookie that was made up, changed, or is of another pool counts as none, and is replaced',
  async (world) => {
    const { proxy } = await site(world, byCookie, 2);
    const jar = new CookieJar();
    await jar.ask(await world.client(proxy));
    const genuine = jar.valueOf('srv')!;
    const other = await site(world, {
      ...byCookie,
      by: { kind: 'cookie', cookie: { ...cookie, secret: 'another one, as long' } },
    });
    const foreign = new CookieJar();
    await foreign.ask(await world.client(other.proxy));
    const changed = (genuine.startsWith('A') ? 'B' : 'A') + genuine.slice(1);
    for (const value of ['', 'x', changed, foreign.valueOf('srv')!, `${genuine}; srv=`.slice(1)]) {
      const client = await world.send(proxy, get('/', `Cookie: srv=${value}\r\n`));
      const answer = await readAnswer(client);
      assert.equal(valuesOf(answer, 'Set-Cookie').length, 1, value);
    }
    // Of several that a client may have, the one that counts is found.
    const client = await world.send(proxy, get('/', `Cookie: srv=junk; a=1; srv=${genuine}\r\n`));
    assert.deepEqual(valuesOf(await readAnswer(client), 'Set-Cookie'), []);
  },
);

proxyTest('a client whose server cannot be connected to goes on with another one, and stays there', async (world) => {
  const { proxy, servers } = await site(world, byCookie, 2);
  const jar = new CookieJar();
  const first = Number(textOf(await jar.ask(await world.client(proxy))));
  await servers[first]!.stop();
  const moved = await jar.ask(await world.client(proxy));
  assert.equal(textOf(moved), String(1 - first));
  assert.equal(valuesOf(moved, 'Set-Cookie').length, 1);
  for (let i = 0; i < 4; i++) {
    const answer = await jar.ask(await world.client(proxy));
    assert.equal(textOf(answer), String(1 - first));
    assert.deepEqual(valuesOf(answer, 'Set-Cookie'), []);
  }
});

proxyTest('a client whose server is full waits for it, and moves where the queue is full too', async (world) => {
  const held = Promise.withResolvers<void>();
  const servers = await Promise.all(
    [0, 1].map((i) =>
      world.server(serve(({ start }) => (start.includes('/slow') ? held.promise.then(() => ok(`${i}`)) : ok(`${i}`)))),
    ),
  );
  const capacity = { maxRequests: 0, queue: { max: 1, timeoutMs: 60_000 } };
  const proxy = await world.proxy({ servers, pool: { sticky: byCookie, serverLimits: { maxRequests: 1 }, capacity } });
  const jar = new CookieJar();
  const first = Number(textOf(await jar.ask(await world.client(proxy))));
  const line = jar.line;
  const slow = await world.send(proxy, get('/slow', line));
  await until('a request that lasts', () => servers[first]!.requests.length === 2);
  const waiting = await world.send(proxy, get('/waits', line));
  await until('one that waits', () => proxy.plane.status().exchanges === 2);
  const other = await world.send(proxy, get('/moves', line));
  const moved = await readAnswer(other);
  assert.equal(textOf(moved), String(1 - first));
  assert.equal(valuesOf(moved, 'Set-Cookie').length, 1);
  held.resolve();
  assert.equal(textOf(await readAnswer(slow)), String(first));
  const waited = await readAnswer(waiting);
  assert.equal(textOf(waited), String(first));
  assert.deepEqual(valuesOf(waited, 'Set-Cookie'), []);
});

proxyTest('sessions of the servers are learnt from their answers, and a made up one is not', async (world) => {
  const servers: RawServer[] = [];
  for (let i = 0; i < 3; i++) {
    const script = serve((request) =>
      valueOf(request, 'Cookie') === undefined
        ? ok(String(i), `Set-Cookie: SID=s${i}-${Math.random()}; Path=/\r\n`)
        : ok(String(i)),
    );
    servers.push(await world.server(script));
  }
  const sticky: StickyPlan = { by: { kind: 'learn', name: 'SID' }, maxAgeMs: 0, maxIdleMs: 60_000 };
  const proxy = await world.proxy({ servers, pool: { sticky } });
  for (let i = 0; i < 6; i++) {
    const jar = new CookieJar();
    const first = textOf(await jar.ask(await world.client(proxy)));
    assert.deepEqual(jar.names, ['SID'], 'nothing is added');
    for (let n = 0; n < 4; n++) assert.equal(textOf(await jar.ask(await world.client(proxy))), first);
    assert.match(valueOf(servers[Number(first)]!.requests.at(-1)!, 'Cookie')!, /^SID=/, 'the server sees its own');
  }
  const client = await world.client(proxy);
  const made = new CookieJar();
  made.set('SID', 'made-up');
  const asked = new Set<string>();
  for (let i = 0; i < 3; i++) asked.add(textOf(await made.ask(client)));
  assert.equal(asked.size, 3);
});

proxyTest('clients stay by a field, and by their address', async (world) => {
  const times = { maxAgeMs: 0, maxIdleMs: 60_000 };
  const { proxy } = await site(world, { by: { kind: 'header', name: 'x-tenant' }, ...times });
  const client = await world.client(proxy);
  const ask = async (fields: string): Promise<string> => {
    client.send(get('/', fields));
    return textOf(await readAnswer(client));
  };
  const first: string[] = [];
  for (let i = 0; i < 6; i++) first.push(await ask(`X-Tenant: t${i}\r\n`));
  for (let i = 5; i >= 0; i--) assert.equal(await ask(`X-Tenant: t${i}\r\n`), first[i]);
  assert.deepEqual(new Set(first), new Set(['0', '1', '2']));
  const without = [await ask(''), await ask(''), await ask('')];
  assert.deepEqual(new Set(without).size, 3, 'without the field each request may go anywhere');

  const near = await site(world, { by: { kind: 'client-address', ipv6Prefix: 64 }, ...times });
  const all = new Set<string>();
  for (let i = 0; i < 5; i++) all.add(textOf(await new CookieJar().ask(await world.client(near.proxy))));
  assert.equal(all.size, 1);
});

proxyTest(
  'Secure goes by what a trusted proxy says, and the private answer stays private behind the route',
  async (world) => {
    const server = await world.server(serve(() => ok('0', 'Cache-Control: public, max-age=60\r\n')));
    const forwarding = { trustedProxies: ['127.0.0.1'] };
    const proxy = await world.proxy({ servers: [server], pool: { sticky: byCookie }, forwarding });
    const client = await world.send(proxy, get('/', 'X-Forwarded-Proto: https\r\nX-Forwarded-For: 192.0.2.1\r\n'));
    const answer = await readAnswer(client);
    assert.match(valuesOf(answer, 'Set-Cookie')[0]!, /; Secure; SameSite=Lax$/);
    assert.deepEqual(valuesOf(answer, 'Cache-Control'), ['private, max-age=60']);
    client.send(get('/', 'X-Forwarded-For: 192.0.2.1\r\n'));
    assert.doesNotMatch(valuesOf(await readAnswer(client), 'Set-Cookie')[0]!, /Secure/);
  },
);

proxyTest('an upgraded connection goes to the server of its client', async (world) => {
  const servers = await Promise.all(
    [0, 1].map((i) =>
      world.server(
        serve(({ lines }) =>
          lines.some((each) => /^upgrade: websocket/i.test(each))
            ? `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Server: ${i}\r\n\r\n`
            : ok(String(i)),
        ),
      ),
    ),
  );
  const proxy = await world.proxy({ servers, pool: { sticky: byCookie }, routes: [{ upgrade: ['websocket'] }] });
  for (let i = 0; i < 4; i++) {
    const jar = new CookieJar();
    const first = textOf(await jar.ask(await world.client(proxy)));
    const client = await world.send(proxy, get('/', `${jar.line}Connection: Upgrade\r\nUpgrade: websocket\r\n`));
    const head = await readHead(client);
    assert.equal(valueOf(head, 'X-Server'), first);
    client.reset();
  }
});

proxyTest('explain says what the cookie leads to, and changes nothing', async (world) => {
  const { proxy } = await site(world, byCookie, 2);
  const jar = new CookieJar();
  await jar.ask(await world.client(proxy));
  const explained = async (value: string): Promise<string> => {
    const headers = [['Cookie', `srv=${value}`]] as const;
    const request = { method: 'GET', target: '/', authority: 'a.test', headers, from: '127.0.0.1', listener: 'main' };
    const { notes, end } = await proxy.plane.explain(request);
    assert.equal(end.kind, 'server');
    return notes.map(({ what, by }) => `${by ?? ''} ${what}`).join('\n');
  };
  const text = await explained(jar.valueOf('srv')!);
  assert.match(text, /main-0 the cookie srv leads to it/);
  assert.doesNotMatch(text, /Cookie:/i, 'the server would not see it');
  assert.match(await explained('forged'), /the cookie srv leads to no server/);
});

// --- several pools ---------------------------------------------------------------------------------------------------

/** A proxy whose one route leads to two pools. */
async function splitSite(world: World, split: Partial<SplitPlan>, pools: Pick<PoolPlan, 'sticky'> = {}): Promise<Site> {
  const servers = [await world.server(serve(() => ok('stable'))), await world.server(serve(() => ok('canary')))];
  const parts = [
    { pool: 'stable', weight: 3 },
    { pool: 'canary', weight: 1 },
  ];
  const proxy = await world.proxy({
    pools: {
      stable: { servers: [servers[0]!], ...pools },
      canary: { servers: [servers[1]!], ...pools },
    },
    routes: [{ pool: 'stable', more: { name: 'www', split: { parts, fallback: true, sticky: undefined, ...split } } }],
  });
  return { proxy, servers };
}

proxyTest('pools share the requests of a route exactly by their weights, and the log has the pool', async (world) => {
  const { proxy, servers } = await splitSite(world, {});
  for (let i = 0; i < 10; i++) {
    const client = await world.client(proxy);
    for (let n = 0; n < 4; n++) {
      client.send(get(`/${n}`));
      await readAnswer(client);
    }
  }
  assert.deepEqual(
    servers.map(({ requests }) => requests.length),
    [30, 10],
  );
  proxy.expectLine({ path: '/2', pool: 'canary', route: 'www' });
});

proxyTest('a client stays with its pool by a cookie, beside the one of its server', async (world) => {
  const sticky = { kind: 'cookie', cookie: { ...cookie, name: 'pool' }, maxAgeMs: 0, maxIdleMs: 0 } as const;
  const { proxy, servers } = await splitSite(world, { sticky }, { sticky: byCookie });
  const jars = Array.from({ length: 8 }, () => new CookieJar());
  const first: string[] = [];
  for (const jar of jars) first.push(textOf(await jar.ask(await world.client(proxy))));
  assert.deepEqual(first.filter((each) => each === 'canary').length, 2);
  for (const [i, jar] of jars.entries()) {
    assert.deepEqual(jar.names, ['pool', 'srv']);
    for (let n = 0; n < 3; n++) {
      const answer = await jar.ask(await world.client(proxy));
      assert.equal(textOf(answer), first[i]);
      assert.deepEqual(valuesOf(answer, 'Set-Cookie'), []);
    }
  }
  const seen = servers.flatMap(({ requests }) => requests.map((request) => valueOf(request, 'Cookie')));
  assert.deepEqual(new Set(seen), new Set([undefined]));
});

proxyTest('the hash of a field says which pool has it, always the same', async (world) => {
  const { proxy, servers } = await splitSite(world, {
    sticky: { kind: 'hash', of: { kind: 'header', name: 'x-user' } },
  });
  const client = await world.client(proxy);
  const ask = async (user: number): Promise<string> => {
    client.send(get('/', `X-User: u${user}\r\n`));
    return textOf(await readAnswer(client));
  };
  const first: string[] = [];
  for (let i = 0; i < 60; i++) first.push(await ask(i));
  for (let i = 0; i < 60; i++) assert.equal(await ask(i), first[i]);
  const canary = first.filter((each) => each === 'canary').length;
  assert.ok(canary > 3 && canary < 30, `${canary} of 60 where 15 are due`);
  assert.equal(servers[1]!.requests.length, 2 * canary);
});

proxyTest('explain says which of the pools it is, and why', async (world) => {
  const { proxy } = await splitSite(world, {});
  const request = { method: 'GET', target: '/', authority: 'a.test', headers: [], from: '127.0.0.1', listener: 'main' };
  for (let i = 0; i < 3; i++) {
    const { notes, end } = await proxy.plane.explain(request);
    assert.equal(end.kind === 'server' && end.pool, 'stable', 'the turn stays what it is');
    assert.ok(
      notes.some(({ what }) => what.includes('the pool is stable: it is its turn (weight 3, 75 % of requests)')),
    );
  }
});
