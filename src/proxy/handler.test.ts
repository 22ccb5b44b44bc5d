import { plainRoute } from './plan.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exchange } from './exchange.ts';
import {
  exchangeOf,
  headersOf,
  KeepReply,
  poolPlan,
  TestEnv,
  until,
  withNet,
  Received,
  clientOf,
} from './fixtures.test.ts';
import { handleExchange } from './handler.ts';
import type { HostHeader, Plan, RoutePlan } from './plan.ts';
import type { ServerPlan } from './pool-plan.ts';
import { buildRuntime, type Runtime } from './runtime.ts';
import { LoadShedder } from './shed/load-shedder.ts';

function routeOf(parts: Partial<RoutePlan> = {}): RoutePlan {
  return {
    name: 'route',
    hosts: [{ kind: 'any' }],
    path: { kind: 'folder', path: '/' },
    listeners: undefined,
    pool: 'pool',
    replacePrefix: undefined,
    ...plainRoute,
    hostHeader: { kind: 'preserve' },
    upgrade: ['websocket'],
    ...parts,
  };
}

function runtimeOf(route: RoutePlan | RoutePlan[], address: ServerPlan['address'], via = false): Runtime {
  const plan: Plan = {
    instance: 'me',
    listeners: [],
    routes: [route].flat(),
    pools: [poolPlan([address])],
    accessLog: undefined,
    connections: { total: 1, perClient: 0 },
    forwarding: { trustedProxies: ['10.0.0.0/8'], forwarded: false, via },
    graceMs: 0,
  };
  return buildRuntime(plan, undefined, new Map(), new TestEnv());
}

/** What the server gets of an exchange: start line and fields. */
async function sent(exchange: Exchange, route: RoutePlan): Promise<string[]> {
  let lines: string[] = [];
  await withNet(async (sockets) => {
    const place = await sockets.listen();
    const runtime = runtimeOf(route, place.address);
    const work = handleExchange(exchange, new KeepReply(), runtime);
    assert.ok(work);
    await until(() => place.accepted.length === 1);
    const got = new Received(place.accepted[0]!);
    await got.until('\r\n\r\n');
    lines = got.text.split('\r\n\r\n')[0]!.split('\r\n');
    runtime.pools.get('pool')!.destroy();
  });
  return lines;
}

const nowhere: ServerPlan['address'] = { kind: 'unix', path: '/nonexistent/s' };

test('no route, or one of another listener: 404 with its reason, and nobody works on it', () => {
  for (const route of [
    routeOf({ hosts: [{ kind: 'exact', host: 'b.test' }] }),
    routeOf({ listeners: ['other'] }),
    routeOf({ path: { kind: 'exact', path: '/y' } }),
  ]) {
    const reply = new KeepReply();
    const exchange = exchangeOf();
    assert.equal(handleExchange(exchange, reply, runtimeOf(route, nowhere)), undefined);
    assert.deepEqual(reply.events, ['fail no-route']);
    assert.equal(exchange.route, undefined);
  }
});

test('a request that has been here before goes nowhere', () => {
  const reply = new KeepReply();
  handleExchange(exchangeOf({ headers: headersOf(['CDN-Loop', 'other, me']) }), reply, runtimeOf(routeOf(), nowhere));
  assert.deepEqual(reply.events, ['fail loop-detected']);
});

test('OPTIONS and TRACE count Max-Forwards down and end here at 0; other methods and other values are none of it', async () => {
  const cases: readonly (readonly [string, string, string | undefined])[] = [
    ['OPTIONS', '0', undefined],
    ['TRACE', '0', undefined],
    ['OPTIONS', '00', undefined],
    ['OPTIONS', '5', '4'],
    ['TRACE', '1', '0'],
    ['GET', '0', '0'],
    ['OPTIONS', '-1', '-1'],
    ['OPTIONS', '0x0', '0x0'],
    ['OPTIONS', '9'.repeat(40), '999999999'],
    ['TRACE', '9'.repeat(400), '999999999'],
  ];
  for (const [method, value, left] of cases) {
    const exchange = exchangeOf({ method, headers: headersOf(['Max-Forwards', value]) });
    if (left === undefined) {
      const reply = new KeepReply();
      assert.equal(handleExchange(exchange, reply, runtimeOf(routeOf(), nowhere)), undefined);
      assert.deepEqual(reply.events, ['respond 204']);
    } else {
      assert.ok((await sent(exchange, routeOf())).includes(`Max-Forwards: ${left}`), `${method} ${value}`);
    }
  }
});

test("Host is kept, replaced or the server's, and never missing", async () => {
  const cases: readonly (readonly [HostHeader, string, string])[] = [
    [{ kind: 'preserve' }, 'A.test:81', 'Host: A.test:81'],
    [{ kind: 'preserve' }, '', 'Host: server-0.test'],
    [{ kind: 'server' }, 'a.test', 'Host: server-0.test'],
    [{ kind: 'literal', value: 'c.test' }, 'a.test', 'Host: c.test'],
  ];
  for (const [hostHeader, authority, line] of cases) {
    const lines = await sent(exchangeOf({ authority }), routeOf({ hostHeader }));
    assert.deepEqual(
      lines.filter((each) => each.startsWith('Host:')),
      [line],
    );
  }
});

test('the path is rewritten, the query kept, and an upgrade passed only where the route allows it', async () => {
  const route = routeOf({ path: { kind: 'folder', path: '/in/' }, replacePrefix: '/out/' });
  const target = { path: '/in/a', query: '?q=1', raw: '/in/a?q=1' };
  const plain = await sent(exchangeOf({ target, upgrade: 'other' }), route);
  assert.equal(plain[0], 'GET /out/a?q=1 HTTP/1.1');
  assert.ok(!plain.some((line) => /^(Upgrade|Connection):/.test(line)));
  assert.ok((await sent(exchangeOf({ target, upgrade: 'websocket' }), route)).includes('Upgrade: websocket'));
});

test('a trusted proxy is asked for the client, anyone else is the client', async () => {
  for (const [trusted, expected] of [
    [true, '203.0.113.5'],
    [false, '10.0.0.1'],
  ] as const) {
    const client = clientOf({ address: '10.0.0.1', trusted });
    const exchange = exchangeOf({ client, headers: headersOf(['X-Forwarded-For', '203.0.113.5']) });
    await sent(exchange, routeOf());
    assert.equal(exchange.clientAddress, expected);
    assert.equal(exchange.pool, 'pool');
    assert.equal(exchange.server, 'server-0');
    assert.equal(exchange.route?.name, 'route');
  }
});

test('Via is added to answers where the plan says so, behind those of others', async () => {
  for (const [via, expected] of [
    [true, ['1.0 other, 1.1 postern']],
    [false, ['1.0 other']],
  ] as const) {
    await withNet(async (sockets) => {
      const place = await sockets.listen('tcp', (socket) => socket.write('HTTP/1.1 204 No\r\nVia: 1.0 other\r\n\r\n'));
      const runtime = runtimeOf(routeOf(), place.address, via);
      const reply = new KeepReply();
      handleExchange(exchangeOf(), reply, runtime);
      await until(() => reply.response !== undefined);
      assert.deepEqual(reply.response!.headers.getAll('via'), expected);
      runtime.pools.get('pool')!.destroy();
    });
  }
});

test('a disabled route keeps its place, and refuses all that it matches before anything of it runs', () => {
  const disabled = { reason: 'Cannot read the password file' };
  const middleware = [{ name: 'respond', config: { kind: 'fixed', status: 200, body: '', headers: [] } }] as const;
  const route = routeOf({ name: 'closed', path: { kind: 'prefix', path: '/a' }, disabled, middleware });
  const reply = new KeepReply();
  const runtime = runtimeOf([route, routeOf()], { kind: 'tcp', host: '127.0.0.1', port: 1 });
  assert.equal(
    handleExchange(exchangeOf({ target: { path: '/a/b', query: '', raw: '/a/b' } }), reply, runtime),
    undefined,
  );
  assert.deepEqual(reply.events, ['fail route-disabled']);
  for (const pool of runtime.pools.values()) pool.destroy();
});

test('where there is too much to do requests are refused by their importance, but for those that Postern answers itself', () => {
  const { log } = new TestEnv();
  const shedder = new LoadShedder(log, { short: true });
  shedder.follow({ loopDelayMs: 0, memory: true });
  const refused = (parts: Partial<RoutePlan>, dry = false): boolean => {
    const reply = new KeepReply();
    handleExchange(exchangeOf({ dry }), reply, { ...runtimeOf(routeOf(parts), nowhere), shedder });
    return reply.error?.code === 'shed' && reply.error.status === 503;
  };
  assert.ok(refused({ importance: 'low' }));
  assert.ok(!refused({ importance: 'low' }, true), 'what is dry');
  assert.ok(!refused({}) && !refused({ importance: 'high' }));
  assert.ok(!refused({ importance: 'low', pool: undefined }));
});
