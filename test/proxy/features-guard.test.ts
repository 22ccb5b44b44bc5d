// ip-filter, body-limit, error-pages and basic-auth end to end.
import assert from 'node:assert/strict';

import type {
  BasicAuthConfig,
  BodyLimitConfig,
  ErrorPagesConfig,
  FeaturePlan,
  IpFilterConfig,
} from '../../src/proxy/index.ts';
import { freePort } from '../harness/free-port.ts';
import { readAnswer, readHead, statusOf, textOf, valueOf } from '../harness/message.ts';
import type { PlanSpec } from '../harness/plan-of.ts';
import { proxyTest } from '../harness/proxy-test.ts';
import { echo, serve } from '../harness/raw-server.ts';
import { chunk, chunkedHead, get, post } from '../harness/requests.ts';
import { until } from '../harness/until.ts';

function features(...middleware: readonly FeaturePlan[]): PlanSpec {
  return { routes: [{ more: { middleware } }] };
}

// --- ip-filter -------------------------------------------------------------------------------------------------------

function only(bytes: readonly number[]): FeaturePlan {
  const config: IpFilterConfig = {
    addresses: {
      ipv4: { first: false, changes: Buffer.from(bytes).toString('base64') },
      ipv6: { first: false, changes: '' },
    },
    unix: false,
    others: false,
  };
  return { name: 'ip-filter', config };
}

proxyTest(
  'ip-filter judges the client behind a trusted proxy, and the server hears nothing of the others',
  async (world) => {
    const spec = { ...features(only([10, 0, 0, 0, 11, 0, 0, 0])), forwarding: { trustedProxies: ['127.0.0.0/8'] } };
    const { proxy, server } = await world.proxyTo(serve(echo), spec);
    const client = await world.send(proxy, get('/in', 'X-Forwarded-For: 10.1.2.3\r\n'));
    assert.equal(statusOf(await readAnswer(client)), 200);
    client.send(get('/out', 'X-Forwarded-For: 10.1.2.3, 192.0.2.1\r\n'));
    const refused = await readAnswer(client);
    assert.equal(statusOf(refused), 403);
    assert.match(textOf(refused), /^\{"error":"address-denied","id":"[^"]+"\}\n$/);
    assert.equal(server.requests.length, 1);
    proxy.expectLine({ path: '/out', status: 403, reason: 'address-denied' });
  },
);

// --- body-limit ------------------------------------------------------------------------------------------------------

function limit(max: number): FeaturePlan {
  const config: BodyLimitConfig = { max, exceptions: [] };
  return { name: 'body-limit', config };
}

proxyTest('a body that says it is too large is refused before a byte of it, and no 100 is sent', async (world) => {
  const { proxy, server } = await world.proxyTo(serve(echo), features(limit(10)));
  const client = await world.send(
    proxy,
    'POST /big HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100000\r\nExpect: 100-continue\r\n\r\n',
  );
  const answer = await readAnswer(client);
  assert.equal(statusOf(answer), 413);
  assert.equal(valueOf(answer, 'connection'), 'close');
  assert.equal(server.bytesReceived, 0);
  proxy.expectLine({ path: '/big', status: 413, reason: 'body-too-large' });
});

proxyTest('a small body over the limit is dropped and keeps the connection', async (world) => {
  const { proxy } = await world.proxyTo(serve(echo), features(limit(10)));
  const client = await world.send(proxy, post('/a', 'x'.repeat(11)));
  assert.equal(statusOf(await readAnswer(client)), 413);
  client.send(post('/b', 'x'.repeat(10)));
  assert.equal(statusOf(await readAnswer(client)), 200);
});

proxyTest(
  'a body in chunks is counted as it comes: 413, the end of both connections, and no byte over the limit',
  async (world) => {
    const { proxy, server } = await world.proxyTo(async (peer) => void (await peer.takeRest()), features(limit(10)));
    const client = await world.send(proxy, chunkedHead('/chunks') + chunk('01234567'));
    await until('the first chunk at the server', () => server.peers[0]?.queue.peek().includes('01234567') === true);
    client.send(chunk('89abcdef'));
    const answer = await readAnswer(client);
    assert.equal(statusOf(answer), 413);
    assert.equal(valueOf(answer, 'connection'), 'close');
    await until('an end of the connection to the server', () => server.open === 0);
    assert.ok(!server.peers[0]!.queue.peek().includes('89ab'));
    proxy.expectLine({ path: '/chunks', status: 413, reason: 'body-too-large' });
    assert.equal(proxy.status.pools[0]!.servers[0]!.failuresTotal, 0);
    client.end();
    await client.ended();
  },
);

proxyTest('where the answer has begun a body over the limit cuts the connection', async (world) => {
  const { proxy } = await world.proxyTo(
    async (peer) => {
      await readHead(peer);
      peer.send('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc');
      await peer.takeRest();
    },
    features(limit(10)),
  );
  const client = await world.send(proxy, chunkedHead('/late') + chunk('0123'));
  assert.match(await client.takeThrough('abc'), /^HTTP\/1\.1 200 /);
  client.send(chunk('456789abc'));
  assert.equal(await client.ended(), 'reset');
  proxy.expectLine({ path: '/late', status: 200, reason: 'body-too-large' });
});

// --- error-pages -----------------------------------------------------------------------------------------------------

const page = (
  of: string,
  parts: Partial<ErrorPagesConfig['pages'][number]> = {},
): ErrorPagesConfig['pages'][number] => ({
  of,
  status: undefined,
  html: `<title>{status} {reason}</title><p>{code} {id} {host}`,
  json: undefined,
  ...parts,
});

function pages(servers: boolean, ...list: ErrorPagesConfig['pages']): FeaturePlan {
  return { name: 'error-pages', config: { pages: list, servers } satisfies ErrorPagesConfig };
}

const browser = 'Accept: text/html,*/*;q=0.8\r\n';

proxyTest(
  'no failure tells of the servers: not their host, port, path or name, not the pool or the file',
  async (world) => {
    const port = await freePort(); // Refuses.
    const scripts = {
      junk: serve(() => 'HTTP/1.1 what\r\n\r\n'),
      closes: serve((_, peer) => (peer.end(), '')),
      silent: serve(() => new Promise<string>(() => {})),
      own: serve(() =>
        'HTTP/1.1 502 Inner-9081\r\nServer: secret-server\r\nX-Backend: db1.internal\r\nContent-Length: 11\r\n\r\ndb1.internal'.slice(
          0,
          -1,
        ),
      ),
      missing: serve(
        () => 'HTTP/1.1 404 Gone-Away\r\nX-Powered-By: secret-server\r\nContent-Length: 11\r\n\r\n/srv/secret',
      ),
    };
    const plan = pages(true, page('4xx'), page('5xx'), page('404', { json: '{"gone":"{host}"}' }));
    const more = { middleware: [limit(5), plan] };
    const pools: Record<string, NonNullable<PlanSpec['pools']>[string]> = {
      'secret-pool': { servers: [{ kind: 'tcp', host: '127.0.0.1', port }] },
      'secret-unix': { servers: [{ kind: 'unix', path: '/nowhere/secret.sock' }] },
      'secret-name': { servers: [{ kind: 'tcp', host: 'secret.internal', port: 9 }] },
    };
    for (const [name, script] of Object.entries(scripts)) {
      const timeouts = name === 'silent' ? { firstByteMs: 300 } : {};
      pools[`secret-${name}`] = { servers: [await world.server(script)], timeouts };
    }
    const routes = Object.keys(pools).map((pool) => ({
      path: `/${pool.slice(7)}`,
      pool,
      replacePrefix: '/inner-path',
      more,
    }));
    const proxy = await world.proxy({
      pools,
      routes: [...routes, { path: '/none', more: { ...more, pool: undefined } }],
    });
    const expected = {
      pool: 502,
      unix: 502,
      name: 503,
      junk: 502,
      closes: 502,
      silent: 504,
      own: 502,
      missing: 404,
      none: 404,
    };
    const inner = [
      /secret/i,
      /inner/i,
      /internal/,
      /nowhere/,
      /127\.0\.0\.1/,
      new RegExp(`\\b${port}\\b`), // The digits of an id may be any.
      /route-/,
      /\.ts/,
      /Cannot/,
    ];
    for (const [name, status] of Object.entries(expected)) {
      for (const accept of [browser, '', 'Accept: application/json\r\n']) {
        const client = await world.send(proxy, get(`/${name}/x`, accept));
        const { start, lines, body } = await readAnswer(client);
        assert.equal(statusOf({ start }), status, name);
        const whole = [start, ...lines, body.toString()].join('\n');
        for (const word of inner) assert.doesNotMatch(whole, word, `${name}: ${whole}`);
        const type = accept === browser ? 'text/html; charset=utf-8' : 'application/json';
        assert.equal(valueOf({ lines }, 'content-type'), type);
        assert.equal(valueOf({ lines }, 'cache-control'), 'no-store');
      }
    }
    const client = await world.send(proxy, post('/own/x', 'too long', browser));
    const tooLarge = await readAnswer(client);
    assert.equal(statusOf(tooLarge), 413);
    assert.match(textOf(tooLarge), /^<title>413 Content Too Large<\/title><p>body-too-large [\w-]+ a\.test$/);
  },
);

proxyTest('answers of servers pass as they are, unless they are to be replaced', async (world) => {
  const answer = 'HTTP/1.1 404 Not Here\r\nContent-Length: 4\r\nEtag: "x"\r\n\r\ninfo';
  const { proxy } = await world.proxyTo(
    serve(() => answer),
    features(pages(false, page('404'))),
  );
  const client = await world.send(proxy, get('/', browser));
  const kept = await readAnswer(client);
  assert.equal(kept.start, 'HTTP/1.1 404 Not Here');
  assert.equal(textOf(kept), 'info');
});

proxyTest('HEAD gets the length of the page and no byte of it', async (world) => {
  const proxy = await world.proxy({
    routes: [{ more: { pool: undefined, middleware: [pages(false, page('404'))] } }],
    servers: [],
  });
  const client = await world.send(proxy, get('/', browser));
  const { body } = await readAnswer(client);
  client.send(get('/', browser).replace('GET', 'HEAD') + get('/', browser));
  assert.equal(valueOf(await readHead(client), 'content-length'), String(body.length));
  assert.equal(statusOf(await readAnswer(client)), 404);
});

// --- basic-auth ------------------------------------------------------------------------------------------------------

const wonder = '$2y$04$W6x775llsNkKcORis.Jwx.BKaK8Z9LPra9S1.ufDbGYejZlbrqslK';

function auth(parts: Partial<BasicAuthConfig> = {}): FeaturePlan {
  const config: BasicAuthConfig = {
    realm: 'Intranet',
    users: [{ name: 'alice', hash: { kind: 'bcrypt', text: wonder } }],
    header: 'X-Authenticated-User',
    forwardAuthorization: false,
    cacheMs: 60_000,
    ...parts,
  };
  return { name: 'basic-auth', config };
}

const basic = (text: string): string => `Authorization: Basic ${Buffer.from(text).toString('base64')}\r\n`;

proxyTest('basic-auth challenges, lets in, tells the server who it is, and the log too', async (world) => {
  const { proxy, server } = await world.proxyTo(serve(echo), features(auth(), pages(false, page('401'))));
  const client = await world.send(proxy, get('/no', browser));
  const challenge = await readAnswer(client);
  assert.equal(statusOf(challenge), 401);
  assert.equal(valueOf(challenge, 'www-authenticate'), 'Basic realm="Intranet", charset="UTF-8"');
  assert.match(textOf(challenge), /^<title>401 Unauthorized/);
  client.send(get('/wrong', basic('alice:wander')));
  assert.equal(statusOf(await readAnswer(client)), 401);
  client.send(get('/right', `${basic('alice:wonder')}X-Authenticated-User: root\r\nX_Authenticated_User: root\r\n`));
  assert.equal(statusOf(await readAnswer(client)), 200);
  client.send(get('/again', basic('alice:wonder')) + get('/third', basic('alice:wonder')));
  assert.equal(statusOf(await readAnswer(client)), 200);
  assert.equal(statusOf(await readAnswer(client)), 200);
  assert.equal(server.requests.length, 3);
  const [request] = server.requests;
  assert.equal(valueOf(request!, 'x-authenticated-user'), 'alice');
  assert.equal(valueOf(request!, 'authorization'), undefined);
  assert.ok(!request!.lines.some((line) => line.includes('root')));
  proxy.expectLine({ path: '/right', status: 200, user: 'alice' });
  proxy.expectLine({ path: '/wrong', status: 401, reason: 'unauthorized' });
});

proxyTest('a client that goes away while its password is verified leaves nothing', async (world) => {
  const { proxy, server } = await world.proxyTo(serve(echo), features(auth({ cacheMs: 0 })));
  for (let i = 0; i < 20; i++) {
    const client = await world.send(proxy, get('/x', basic('alice:wonder')));
    for (let turn = 0; turn < i; turn++) await new Promise((resolve) => void setImmediate(resolve));
    client.reset();
  }
  await proxy.checkQuiet();
  assert.ok(server.requests.length <= 20);
});
