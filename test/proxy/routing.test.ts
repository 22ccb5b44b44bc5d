import assert from 'node:assert/strict';

import type { TextMatch } from '../../src/proxy/index.ts';
import { readAnswer, readAnswers, statusOf, textOf, valueOf, valuesOf, type Message } from '../harness/message.ts';
import type { PlanSpec } from '../harness/plan-of.ts';
import type { World } from '../harness/proxy-test.ts';
import { proxyTest } from '../harness/proxy-test.ts';
import type { ProxyUnderTest } from '../harness/proxy-under-test.ts';
import { echo, ok, serve } from '../harness/raw-server.ts';
import { get } from '../harness/requests.ts';

/** The status, and where there was a server its name and the target that it got. */
async function ask(world: World, proxy: ProxyUnderTest, host: string, target: string): Promise<string> {
  const client = await world.send(proxy, get(target, '', host));
  const answer = await readAnswer(client);
  client.reset();
  return statusOf(answer) === 200 ? textOf(answer) : String(statusOf(answer));
}

async function named(
  world: World,
  names: readonly string[],
  spec: Omit<PlanSpec, 'pools' | 'servers'>,
): Promise<ProxyUnderTest> {
  const pools: Record<string, { servers: [{ place: import('../harness/plan-of.ts').Place }] }> = {};
  for (const name of names)
    pools[name] = { servers: [await world.server(serve(({ start }) => ok(`${name} ${start.split(' ')[1]}`)))] };
  return world.proxy({ pools, ...spec });
}

proxyTest('the host and then the longest path decide, and what matches nothing is 404', async (world) => {
  const proxy = await named(world, ['a', 'b', 'c', 'd'], {
    routes: [
      { host: 'one.test', path: '/', pool: 'a' },
      { host: 'one.test', path: '/sub/', pool: 'b' },
      { host: 'one.test', path: '=/sub/exact', pool: 'c' },
      { host: '*.wild.test', path: '/pre', pool: 'd' },
    ],
  });
  const cases = [
    ['one.test', '/', 'a /'],
    ['ONE.test.:99', '/x?y=/sub/', 'a /x?y=/sub/'],
    ['one.test', '/sub', 'a /sub'],
    ['one.test', '/sub/', 'b /sub/'],
    ['one.test', '/sub/x', 'b /sub/x'],
    ['one.test', '/sub/exact', 'c /sub/exact'],
    ['one.test', '/sub/exact/', 'b /sub/exact/'],
    ['one.test', '/x/../sub/./exact', 'c /sub/exact'],
    ['one.test', '/%73ub//x', 'b /sub/x'],
    ['one.test', '/sub%2Fx', 'a /sub%2Fx'],
    ['one.test', '/SUB/', 'a /SUB/'],
    ['x.wild.test', '/pre/y', 'd /pre/y'],
    ['x.wild.test', '/prefix', '404'],
    ['x.y.wild.test', '/pre', '404'],
    ['wild.test', '/pre', '404'],
    ['two.test', '/', '404'],
    ['127.0.0.1', '/', '404'],
  ] as const;
  for (const [host, target, wanted] of cases)
    assert.equal(await ask(world, proxy, host, target), wanted, `${host}${target}`);
});

proxyTest('a 404 of no route says so, in the answer and in the log', async (world) => {
  const proxy = await world.proxy({ routes: [{ path: '/x' }] });
  const client = await world.send(proxy, get('/nowhere'));
  const answer = await readAnswer(client);
  assert.equal(statusOf(answer), 404);
  assert.match(textOf(answer), /"error":"no-route"/);
  proxy.expectLine({
    path: '/nowhere',
    status: 404,
    reason: 'no-route',
    route: undefined,
    pool: undefined,
    server: undefined,
  });
});

proxyTest('the prefix of a route is replaced', async (world) => {
  const proxy = await named(world, ['a'], {
    routes: [
      { path: '/in/', replacePrefix: '/' },
      { path: '/exchange/', replacePrefix: '/owa/' },
      { path: '=/one', replacePrefix: '/two' },
    ],
  });
  for (const [target, wanted] of [
    ['/in/', 'a /'],
    ['/in/x/y?z', 'a /x/y?z'],
    ['/in//x', 'a /x'],
    ['/exchange/a/../b', 'a /owa/b'],
    ['/one?x', 'a /two?x'],
  ] as const) {
    assert.equal(await ask(world, proxy, 'a.test', target), wanted);
  }
});

proxyTest('a route of one listener is not reached by another', async (world) => {
  const server = await world.server(serve(() => ok()));
  const proxy = await world.proxy({
    servers: [server],
    listeners: { in: { kind: 'tcp', host: '127.0.0.1', port: 0 }, out: { kind: 'tcp', host: '127.0.0.1', port: 0 } },
    routes: [{ listeners: ['in'] }],
  });
  for (const [name, status] of [
    ['in', 200],
    ['out', 404],
  ] as const) {
    const client = await world.send(proxy.port(name), get('/'));
    assert.equal(statusOf(await readAnswer(client)), status);
  }
});

proxyTest('absolute-form goes by its own host and reaches the server in origin-form', async (world) => {
  const { proxy, server } = await world.proxyTo(serve(echo), { routes: [{ host: 'a.test' }] });
  const client = await world.send(
    proxy,
    'GET http://A.test/x?y HTTP/1.1\r\nHost: a.test\r\n\r\nGET http://a.test:80 HTTP/1.1\r\nHost: a.test:80\r\n\r\nGET http://b.test/ HTTP/1.1\r\nHost: b.test\r\n\r\n',
  );
  const [first, second, third] = await readAnswers(client, 3);
  assert.match(textOf(first!), /^GET \/x\?y HTTP\/1\.1\nHost: A\.test\n/);
  assert.match(textOf(second!), /^GET \/ HTTP\/1\.1\n/);
  assert.equal(statusOf(third!), 404);
  assert.equal(server.requests.length, 2);
});

proxyTest("the server gets the client's Host, its own, or a literal one, as the route says", async (world) => {
  const { proxy, server } = await world.proxyTo(
    serve(() => ok()),
    {
      routes: [{}, { path: '/own', hostHeader: 'server' }, { path: '/lit', hostHeader: 'inner.test:81' }],
    },
  );
  const client = await world.send(proxy, get('/', '', 'A.test:99') + get('/own') + get('/lit'));
  await readAnswers(client, 3);
  const { port } = server.place as { port: number };
  assert.deepEqual(
    server.requests.map((request) => valueOf(request, 'host')),
    ['A.test:99', `127.0.0.1:${port}`, 'inner.test:81'],
  );
  assert.deepEqual(
    server.requests.map((request) => valueOf(request, 'x-forwarded-host')),
    ['A.test:99', 'a.test', 'a.test'],
  );
});

/** What a server sees of a request with these fields. */
async function seen(world: World, spec: PlanSpec, fields: string): Promise<Message> {
  const { proxy, server } = await world.proxyTo(
    serve(() => ok()),
    spec,
  );
  const client = await world.send(proxy, get('/', fields, 'site.test'));
  assert.equal(statusOf(await readAnswer(client)), 200);
  return server.requests[0]!;
}

const claims =
  'X-Forwarded-For: 6.6.6.6, 10.0.0.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: front.test\r\nX-Forwarded-Port: 443\r\n' +
  'X-Forwarded-Prefix: /app\r\nX-Real-IP: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\nX-Request-Id: theirs-1234567\r\nX-Forwarded-User: root\r\n';

proxyTest('what an untrusted client says of its way is not believed', async (world) => {
  const request = await seen(world, {}, claims);
  const all = request.lines.join('\n');
  assert.doesNotMatch(all, /6\.6\.6\.6|front\.test|https|: 443$|\/app|theirs|root/m);
  assert.equal(valueOf(request, 'x-forwarded-for'), '127.0.0.1');
  assert.equal(valueOf(request, 'x-real-ip'), '127.0.0.1');
  assert.equal(valueOf(request, 'x-forwarded-proto'), 'http');
  assert.equal(valueOf(request, 'x-forwarded-host'), 'site.test');
  assert.deepEqual(valuesOf(request, 'forwarded'), []);
});

proxyTest('what a trusted proxy says is believed and gone on from', async (world) => {
  const request = await seen(
    world,
    { forwarding: { trustedProxies: ['127.0.0.0/8', '10.0.0.0/8'], forwarded: true, via: true } },
    claims,
  );
  assert.equal(valueOf(request, 'x-forwarded-for'), '6.6.6.6, 10.0.0.1, 127.0.0.1');
  assert.equal(valueOf(request, 'x-real-ip'), '6.6.6.6');
  assert.equal(valueOf(request, 'x-forwarded-proto'), 'https');
  assert.equal(valueOf(request, 'x-forwarded-host'), 'front.test');
  assert.equal(valueOf(request, 'x-forwarded-port'), '443');
  assert.equal(valueOf(request, 'x-forwarded-prefix'), '/app');
  assert.equal(valueOf(request, 'x-request-id'), 'theirs-1234567');
  assert.match(valueOf(request, 'forwarded')!, /^for=6\.6\.6\.6, for="?127\.0\.0\.1/);
  assert.match(valueOf(request, 'via')!, /^1\.1 /);
});

proxyTest('the log names the client behind trusted proxies, and the peer without them', async (world) => {
  for (const [trustedProxies, client] of [
    [[], '127.0.0.1'],
    [['127.0.0.1/32'], '10.0.0.1'],
  ] as const) {
    const { proxy } = await world.proxyTo(
      serve(() => ok()),
      { forwarding: { trustedProxies } },
    );
    const peer = await world.send(proxy, get('/who', claims));
    await readAnswer(peer);
    proxy.expectLine({ path: '/who', client });
  }
});

proxyTest('Via is added to answers where it is asked for', async (world) => {
  const { proxy } = await world.proxyTo(
    serve(() => ok('x', 'Via: 1.0 inner\r\n')),
    { forwarding: { via: true } },
  );
  const client = await world.send(proxy, get('/'));
  assert.match(valueOf(await readAnswer(client), 'via')!, /^1\.0 inner, 1\.1 \S+$/);
});

proxyTest('a proxy that leads to itself answers 508 instead of circling', async (world) => {
  const proxy = await world.proxy({});
  await proxy.apply({ servers: [{ kind: 'tcp', host: '127.0.0.1', port: proxy.port() }], pool: { idle: { max: 0 } } });
  const client = await world.send(proxy, get('/loop'));
  const answer = await readAnswer(client);
  assert.equal(statusOf(answer), 508);
  await proxy.log.line('the loop', ({ reason }) => reason === 'loop-detected');
  assert.equal(proxy.status.exchangesTotal, 2);
});

proxyTest('two instances that lead to each other answer 508 after one round', async (world) => {
  const first = await world.proxy({ instance: 'one' });
  const to = (proxy: ProxyUnderTest): PlanSpec => ({
    servers: [{ kind: 'tcp', host: '127.0.0.1', port: proxy.port() }],
    pool: { idle: { max: 0 } }, // An idle connection would be a client to the other one for ever.
  });
  const second = await world.proxy({ instance: 'two', ...to(first) });
  await first.apply({ instance: 'one', ...to(second) });
  const client = await world.send(first, 'GET / HTTP/1.1\r\nHost: a\r\nCDN-Loop: "open, one-more\r\n\r\n');
  assert.equal(statusOf(await readAnswer(client)), 508);
  assert.equal(first.status.exchangesTotal + second.status.exchangesTotal, 3);
});

proxyTest('Max-Forwards is counted down for OPTIONS and TRACE, and 0 ends here', async (world) => {
  const { proxy, server } = await world.proxyTo(serve(() => ok()));
  const counted = (method: string, value: string): string =>
    `${method} / HTTP/1.1\r\nHost: a\r\nMax-Forwards: ${value}\r\n\r\n`;
  const client = await world.send(
    proxy,
    counted('OPTIONS', '2') +
      counted('TRACE', '1') +
      counted('GET', '0') +
      counted('OPTIONS', 'x') +
      counted('OPTIONS', '0') +
      counted('TRACE', '0'),
  );
  const answers = await readAnswers(client, 6);
  assert.deepEqual(answers.map(statusOf), [200, 200, 200, 200, 204, 204]);
  assert.deepEqual(
    server.requests.map((request) => valueOf(request, 'max-forwards')),
    ['1', '0', '0', 'x'],
  );
});

proxyTest('OPTIONS * is answered', async (world) => {
  const { proxy } = await world.proxyTo(serve(echo));
  const client = await world.send(proxy, 'OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n');
  assert.ok([200, 204].includes(statusOf(await readAnswer(client))));
});

/** The server's name and target for requests with other methods and fields. */
async function askWith(world: World, proxy: ProxyUnderTest, request: string): Promise<string> {
  const client = await world.send(proxy, request);
  const answer = await readAnswer(client);
  client.reset();
  return statusOf(answer) === 200 ? textOf(answer) : String(statusOf(answer));
}

proxyTest(
  'conditions choose between routes of one path; where none holds the next best route has the request',
  async (world) => {
    const is = (text: string): TextMatch => ({ kind: 'is', texts: [text] });
    const proxy = await named(world, ['get', 'debug', 'v2', 'beta', 'inside', 'rest'], {
      forwarding: { trustedProxies: ['127.0.0.0/8'] },
      routes: [
        { path: '/a', pool: 'v2', more: { when: { kind: 'query', name: 'v', value: is('2') } } },
        { path: '/a', pool: 'debug', more: { when: { kind: 'header', name: 'x-debug', value: is('1') } } },
        { path: '/a', pool: 'beta', more: { when: { kind: 'cookie', name: 'beta', value: { kind: 'present' } } } },
        { path: '/a', pool: 'inside', more: { when: { kind: 'address', networks: ['10.0.0.0/8'] } } },
        { path: '/a', pool: 'get', more: { when: { kind: 'method', methods: ['GET'] } } },
        { path: '/', pool: 'rest' },
      ],
    });
    const cases = [
      [get('/a/x?v=2'), 'v2 /a/x?v=2'],
      [get('/a/x?v=3'), 'get /a/x?v=3'],
      [get('/a/x', 'X-Debug: 1\r\n'), 'debug /a/x'],
      [get('/a/x', 'X-Debug: 2\r\n'), 'get /a/x'],
      [get('/a/x', 'Cookie: a=b; beta=1\r\n'), 'beta /a/x'],
      [get('/a/x', 'X-Forwarded-For: 10.1.2.3\r\n'), 'inside /a/x'],
      [get('/a/x', 'X-Forwarded-For: 10.1.2.3, 192.0.2.1\r\n'), 'get /a/x'],
      [get('/a/x').replace('GET', 'DELETE'), 'rest /a/x'],
    ] as const;
    for (const [request, wanted] of cases) assert.equal(await askWith(world, proxy, request), wanted, request);
  },
);

proxyTest('who is no trusted proxy cannot come by an address of its choice', async (world) => {
  const proxy = await named(world, ['inside', 'rest'], {
    routes: [{ pool: 'inside', more: { when: { kind: 'address', networks: ['10.0.0.0/8'] } } }, { pool: 'rest' }],
  });
  assert.equal(await askWith(world, proxy, get('/', 'X-Forwarded-For: 10.1.2.3\r\n')), 'rest /');
});

proxyTest('patterns, ignored case and priorities route as they say', async (world) => {
  const proxy = await named(world, ['user', 'loose', 'first', 'rest'], {
    routes: [
      { pool: 'rest' },
      { pool: 'user', more: { path: { kind: 'regex', pattern: String.raw`^/user/\d+$` } } },
      { path: '/App/', pool: 'loose', replacePrefix: '/', more: { ignoreCase: true } },
      { path: '/user/7', pool: 'first', more: { priority: 1 } },
    ],
  });
  const cases = [
    ['/user/12?x', 'user /user/12?x'],
    ['/user/x', 'rest /user/x'],
    ['/user/7', 'first /user/7'],
    ['/aPP/Sub/X', 'loose /Sub/X'],
    ['/%61pp/x', 'loose /x'],
    ['/ap/x', 'rest /ap/x'],
  ] as const;
  for (const [target, wanted] of cases) assert.equal(await ask(world, proxy, 'a.test', target), wanted, target);
});
