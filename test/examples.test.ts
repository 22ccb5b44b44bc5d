// Every config of examples/ runs, and does what the comment at its head says.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';

import { WebSocket, WebSocketServer } from 'ws';

import { until } from './cli/command.ts';
import { issue, makeCa, makeCrl } from './harness/certificates.ts';
import { echo, Example } from './harness/example.ts';
import { GrpcClient, GrpcServer } from './harness/peers/grpc.ts';
import { needing } from './harness/peers/needing.ts';
import { run } from './harness/peers/programs.ts';

const examples = new URL('../examples/', import.meta.url);
const tested = new Set<string>();
const peers = needing('openssl', 'curl');

type Body = (example: Example, t: TestContext) => Promise<void>;

function exampleTest(name: string, does: string, body: Body, means = peers): void {
  tested.add(name);
  means.test(`examples/${name} ${does}`, async (t) => body(new Example(t, name), t));
}

exampleTest('minimal.yaml', 'leads everything to one server, and check says so', async (example, t) => {
  const [warning, ...more] = await example.check();
  assert.match(warning!, /^minimal\.yaml:6:19: warning: The listener "web" is open to the world/);
  assert.deepEqual(more, []);
  const { port } = await echo(t, 'server');
  await example.run({ '127.0.0.1:3000': `127.0.0.1:${port}` });
  const seen = await example.seen('http://any.example/a?b=c');
  assert.deepEqual([seen.url, seen.headers.host], ['/a?b=c', 'any.example']);
});

exampleTest('one-app.yaml', 'tells sites apart by their host', async (example, t) => {
  assert.deepEqual(await example.check(), []);
  const [www, shop] = [await echo(t, 'www'), await echo(t, 'shop')];
  await example.run({ '127.0.0.1:3000': `127.0.0.1:${www.port}`, '127.0.0.1:3001': `127.0.0.1:${shop.port}` });
  assert.equal((await example.seen('http://example.com/')).server, 'www');
  assert.equal((await example.seen('http://www.example.com/')).server, 'www');
  assert.equal((await example.seen('http://a.shop.example/')).server, 'shop');
  assert.equal((await example.curl('http://other.example/')).status, 404);
});

exampleTest('several-paths.yaml', 'gives each path a server of its own', async (example, t) => {
  assert.deepEqual(await example.check(), []);
  const changes: Record<string, string> = {};
  for (const [i, name] of ['rest', 'wiki', 'mail', 'api', 'robots'].entries()) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const { port } = await echo(t, name);
    changes[`127.0.0.1:${3000 + i}`] = `127.0.0.1:${port}`;
  }
  await example.run(changes);
  const at = async (path: string): Promise<string> => {
    const { server, url } = await example.seen(`http://www.example.com${path}`);
    return `${server} ${url}`;
  };
  assert.equal(await at('/x'), 'rest /x');
  assert.equal(await at('/wiki/page'), 'wiki /page');
  assert.equal(await at('/mail/inbox'), 'mail /owa/inbox');
  assert.equal(await at('/api/v1'), 'api /api/v1');
  assert.equal(await at('/robots.txt'), 'robots /robots.txt');
  assert.equal(await at('/robots.txt/x'), 'rest /robots.txt/x');
});

for (const name of ['two-servers.yaml', 'two-servers.json']) {
  exampleTest(name, 'shares the load, and goes on with one server', async (example, t) => {
    assert.deepEqual(await example.check(), []);
    const [one, two] = [await echo(t, 'one'), await echo(t, 'two')];
    await example.run({ '127.0.0.1:3000': `127.0.0.1:${one.port}`, '127.0.0.1:3001': `127.0.0.1:${two.port}` });
    const url = 'http://www.example.com/';
    // Each data thread has turns of its own, and the kernel chooses the thread.
    const turns = new Set<string>();
    for (let i = 0; i < 300 && turns.size < 2; i++) {
      // oxlint-disable-next-line no-await-in-loop -- one turn after the other
      turns.add((await example.seen(url)).server);
    }
    assert.deepEqual([...turns].toSorted(), ['one', 'two']);
    one.closeAllConnections();
    one.close();
    for (let i = 0; i < 3; i++) {
      // oxlint-disable-next-line no-await-in-loop -- one turn after the other
      assert.equal((await example.seen(url)).server, 'two');
    }
  });
}

exampleTest('behind-a-proxy.yaml', 'believes the proxy in front, and nobody else', async (example, t) => {
  assert.deepEqual(await example.check(), []);
  const { port } = await echo(t, 'server');
  await example.run({ '127.0.0.1:3000': `127.0.0.1:${port}`, '192.0.2.10': '127.0.0.2' });
  const forged = ['-H', 'X-Forwarded-For: 198.51.100.7'];
  const believed = await example.seen('http://www.example.com/', ...forged, '--interface', '127.0.0.2');
  assert.match(String(believed.headers['x-forwarded-for']), /^198\.51\.100\.7/);
  const not = await example.seen('http://www.example.com/', ...forged);
  assert.doesNotMatch(String(not.headers['x-forwarded-for']), /198/);
  assert.ok(not.headers['forwarded']);
});

exampleTest('unix-sockets.yaml', 'has unix sockets on both sides', async (example, t) => {
  assert.deepEqual(await example.check(), []);
  const { createServer } = await import('node:http');
  const server = createServer((_, response) => void response.end('by socket'));
  server.listen(`${example.folder}/app.sock`);
  await once(server, 'listening');
  t.after(() => void server.close());
  await example.run({ '/run/postern/web.sock': 'web.sock', 'unix:/run/app/app.sock': 'unix:app.sock' });
  const { body } = await example.curlTo(['--unix-socket', `${example.folder}/web.sock`, 'http://any.example/']);
  assert.equal(body, 'by socket');
});

exampleTest('grpc.yaml', 'spreads calls over servers that serve, and says what is wrong', async (example, t) => {
  assert.deepEqual(
    (await example.check()).filter((line) => !line.includes('is open to the world')),
    [],
  );
  const servers = await Promise.all([0, 1].map(() => GrpcServer.start(undefined, undefined, { withHealth: true })));
  t.after(() => servers.forEach((server) => server.stop()));
  const [one, two] = servers.map(({ port }) => `127.0.0.1:${port}`);
  await example.run({ '127.0.0.1:3000': one!, '127.0.0.1:3001': two!, 'every: 2s': 'every: 2s, fall: 1, rise: 1' });
  const client = new GrpcClient(await example.port('web'));
  t.after(() => client.close());
  const codes = async (): Promise<readonly number[]> => {
    const calls = await Promise.all(Array.from({ length: 10 }, () => client.echo(Buffer.from('x'))));
    return [...new Set(calls.map(({ status }) => status.code))];
  };
  assert.deepEqual(await codes(), [0]);
  assert.deepEqual(
    servers.map(({ begun }) => begun),
    [5, 5],
  );
  for (const server of servers) server.health.set('', 2);
  await until(
    async () => ((await codes()).includes(14) ? true : undefined),
    () => 'an end of all servers',
  );
});

exampleTest('websocket.yaml', 'lets WebSocket through where it is allowed', async (example, t) => {
  assert.deepEqual(await example.check(), []);
  const [rest, chat] = [await echo(t, 'rest'), await echo(t, 'chat')];
  for (const server of [rest, chat]) {
    new WebSocketServer({ server }).on('connection', (socket, { url }) => socket.send(`hello ${url}`));
  }
  await example.run({ '127.0.0.1:3000': `127.0.0.1:${rest.port}`, '127.0.0.1:3001': `127.0.0.1:${chat.port}` });
  const open = async (path: string): Promise<string> => {
    const headers = { host: 'www.example.com' };
    const socket = new WebSocket(`ws://127.0.0.1:${await example.port('web')}${path}`, { headers });
    t.after(() => socket.terminate());
    const [data] = (await once(socket, 'message')) as [Buffer];
    return data.toString();
  };
  assert.equal(await open('/chat/room'), 'hello /chat/room');
  await assert.rejects(open('/other'), /Unexpected server response/);
});

exampleTest('https-redirect.yaml', 'serves the site over https and sends everyone there', async (example, t) => {
  await example.certificate('www.example.com');
  await example.certificate('old.example.com');
  assert.deepEqual(await example.check(), []);
  const { port } = await echo(t, 'server');
  await example.run({ '127.0.0.1:3000': `127.0.0.1:${port}` });
  const plain = await example.curl('http://www.example.com/a?b=c');
  assert.deepEqual([plain.status, plain.headers.get('location')], [308, 'https://www.example.com/a?b=c']);
  assert.equal(plain.headers.get('strict-transport-security'), null);
  const secure = await example.curl('https://www.example.com/a');
  assert.deepEqual([secure.status, secure.headers.get('strict-transport-security')], [200, 'max-age=86400']);
  const old = await example.curl('https://old.example.com/a?b=c');
  assert.deepEqual([old.status, old.headers.get('location')], [301, 'https://www.example.com/a?b=c']);
});

exampleTest('prtg.yaml', 'puts https in front of a core server that speaks plain HTTP', async (example, t) => {
  await example.certificate('prtg.example.com');
  assert.deepEqual(await example.check(), []);
  const { port } = await echo(t, 'prtg', (request, response) => {
    if (request.url !== '/') return;
    const headers = { Location: `http://${request.headers.host}/index.htm`, 'Set-Cookie': 'session=1; HttpOnly' };
    response.writeHead(302, headers).end();
  });
  await example.run({ '10.0.0.5:8080': `127.0.0.1:${port}` });
  const first = await example.curl('https://prtg.example.com/');
  assert.deepEqual([first.status, first.headers.get('location')], [302, 'https://prtg.example.com/index.htm']);
  assert.match(first.headers.get('set-cookie')!, /; *Secure/i);
  const { headers } = await example.seen('https://prtg.example.com/index.htm');
  assert.deepEqual([headers.host, headers['x-forwarded-proto']], ['prtg.example.com', 'https']);
  const plain = await example.curl('http://prtg.example.com/index.htm');
  assert.equal(plain.headers.get('location'), 'https://prtg.example.com/index.htm');
});

exampleTest('outlook.yaml', 'passes the public name on, and keeps the administration inside', async (example, t) => {
  await example.certificate('mail.example.com');
  const internal = await makeCa(example.folder, 'internal');
  example.file('certs/internal-ca.pem', internal.cert);
  assert.deepEqual(await example.check(), []);
  const certificate = await issue(internal, { names: ['exchange.internal.example'] });
  const { port } = await echo(t, 'exchange', () => {}, certificate);
  await example.run({ '"https://10.0.0.8"': `"https://127.0.0.1:${port}"`, '10.0.0.0/8': '127.0.0.2' });
  const root = await example.curl('https://mail.example.com/');
  assert.equal(root.status, 302);
  assert.match(root.headers.get('location')!, /^(https:\/\/mail\.example\.com)?\/owa\/$/);
  const owa = await example.seen('https://mail.example.com/owa/');
  assert.deepEqual([owa.url, owa.headers.host], ['/owa/', 'mail.example.com']);
  const push = await example.seen('https://mail.example.com/Microsoft-Server-ActiveSync?Cmd=Ping');
  assert.equal(push.url, '/Microsoft-Server-ActiveSync?Cmd=Ping');
  assert.equal((await example.curl('https://mail.example.com/ecp/')).status, 403);
  assert.equal((await example.seen('https://mail.example.com/ecp/', '--interface', '127.0.0.2')).url, '/ecp/');
  assert.equal((await example.curl('https://mail.example.com/other')).status, 404);
});

exampleTest('client-certificates.yaml', 'lets in only clients with a certificate that counts', async (example, t) => {
  await example.certificate('api.example.com');
  const clients = await makeCa(example.folder, 'clients');
  const [anna, gone] = [await issue(clients, { commonName: 'anna' }), await issue(clients, { commonName: 'gone' })];
  example.file('certs/clients-ca.pem', clients.cert);
  example.file('certs/clients.crl', await makeCrl(clients, [gone]));
  assert.deepEqual(await example.check(), []);
  const { port } = await echo(t, 'api');
  await example.run({ '127.0.0.1:3000': `127.0.0.1:${port}` });
  const as = (client: typeof anna): string[] => ['--cert', client.certFile, '--key', client.keyFile];
  const url = 'https://api.example.com/';
  const { headers } = await example.seen(url, ...as(anna), '-H', 'X-Client-Cert-Subject: CN=forged');
  assert.ok(headers['client-cert']);
  assert.match(String(headers['x-client-cert-subject']), /anna/);
  assert.doesNotMatch(String(headers['x-client-cert-subject']), /forged/);
  assert.equal((await example.curl(url)).status, 403);
  assert.equal((await example.curl(url, ...as(gone))).status, 403);
  assert.equal((await example.seen(`${url}health`)).url, '/health');
});

exampleTest('maintenance.yaml', 'shows a page to all but the office', async (example, t) => {
  example.file('maintenance/index.html', '<h1>Back soon</h1>');
  example.file('maintenance/logo.txt', 'logo');
  assert.deepEqual(await example.check(), []);
  const { port } = await echo(t, 'server');
  await example.run({ '10.20.0.0/16': '127.0.0.2', '127.0.0.1:3000': `127.0.0.1:${port}` });
  const page = await example.curl('http://www.example.com/any/page');
  assert.deepEqual([page.status, page.headers.get('retry-after'), page.body], [503, '3600', '<h1>Back soon</h1>']);
  assert.equal((await example.curl('http://www.example.com/logo.txt')).body, 'logo');
  assert.equal((await example.seen('http://www.example.com/x', '--interface', '127.0.0.2')).url, '/x');
});

exampleTest('middleware.yaml', 'runs programs of its own', async (example, t) => {
  const folder = new URL('middleware/', examples);
  for (const name of readdirSync(folder))
    example.file(`middleware/${name}`, readFileSync(new URL(name, folder), 'utf8'));
  const warnings = await example.check();
  assert.deepEqual(
    warnings.filter((line) => !/open to the world/.test(line)),
    [],
  );
  const { port } = await echo(t, 'server', ({ url }, response) => {
    if (url === '/items') response.setHeader('Content-Type', 'application/json').end('[{"name":"tea","price":3}]');
  });
  await example.run({ '127.0.0.1:3000': `127.0.0.1:${port}` });
  const refused = await example.curl('http://api.example.com/x');
  assert.deepEqual([refused.status, refused.body], [403, '{"error":"members only"}']);
  assert.match(refused.headers.get('server-timing')!, /^app;dur=\d/);
  const member = await example.seen('http://api.example.com/x', '-H', 'X-Api-Key: open-sesame');
  assert.deepEqual([member.headers['x-member'], member.headers['x-api-key']], ['anna', undefined]);
  const shop = 'http://shop.example.com/';
  assert.equal((await example.seen(shop)).url, '/');
  assert.equal((await example.seen(shop, '-H', 'X-Variant: b')).url, '/new/');
  assert.equal((await example.seen(shop, '-H', 'Cookie: a=b; variant=b')).url, '/new/');
  assert.equal((await example.curl(shop)).headers.get('set-cookie'), 'variant=a; Path=/; SameSite=Lax');
  assert.equal((await example.curl(`${shop}items`)).body, '[{"name":"tea"}]');
  assert.equal((await example.curl(`${shop}healthy`)).body, '{"status":"ok","host":"shop.example.com","tls":null}');
});

exampleTest(
  'basic-auth.yaml',
  'asks for a password, but not in the office',
  async (example, t) => {
    await example.certificate('tools.example.com');
    example.file('users.htpasswd', String(await run('htpasswd', ['-nbB', '-C', '5', 'anna', 'right'])));
    assert.deepEqual(await example.check(), []);
    const { port } = await echo(t, 'tools');
    await example.run({ '10.20.0.0/16': '127.0.0.2', '127.0.0.1:3000': `127.0.0.1:${port}` });
    const url = 'https://tools.example.com/x';
    const asked = await example.curl(url);
    assert.equal(asked.status, 401);
    assert.match(asked.headers.get('www-authenticate')!, /^Basic realm="Tools"/);
    assert.equal((await example.curl(url, '-u', 'anna:wrong')).status, 401);
    const entered = await example.curl(url, '-u', 'anna:right');
    assert.equal(entered.status, 200);
    assert.equal(entered.headers.get('x-content-type-options'), 'nosniff');
    assert.equal((await example.seen(url, '--interface', '127.0.0.2')).server, 'tools');
    assert.equal((await example.curl('http://tools.example.com/x', '-u', 'anna:right')).status, 308);
  },
  needing('openssl', 'curl', 'htpasswd'),
);

exampleTest(
  'static-files.yaml',
  'serves the files of a folder, and leads /api/ to the application',
  async (example, t) => {
    example.file('public/index.html', '<h1>App</h1>');
    example.file('public/app.css', 'a {}');
    assert.deepEqual(await example.check(), []);
    const { port } = await echo(t, 'api');
    await example.run({ '127.0.0.1:3000': `127.0.0.1:${port}` });
    const css = await example.curl('http://www.example.com/app.css');
    assert.deepEqual([css.status, css.body, css.headers.get('cache-control')], [200, 'a {}', 'max-age=3600']);
    assert.match(css.headers.get('content-type')!, /^text\/css/);
    assert.equal(css.headers.get('x-content-type-options'), 'nosniff');
    assert.equal((await example.curl('http://www.example.com/deep/link')).body, '<h1>App</h1>');
    assert.notEqual((await example.curl('http://www.example.com/../run-static-files.yaml')).status, 200);
    assert.equal((await example.seen('http://www.example.com/api/x')).url, '/api/x');
  },
);

test('every example is run, has a hint for editors and three lines of comment', () => {
  const names = readdirSync(examples).filter((name) => /\.(yaml|json)$/.test(name));
  // It has every key there is, for reading: its own test compares it with the schema.
  assert.deepEqual(
    names.filter((name) => name !== 'everything.yaml' && !tested.has(name)),
    [],
  );
  for (const name of names.filter((each) => each.endsWith('.yaml'))) {
    const lines = readFileSync(new URL(name, examples), 'utf8').split('\n');
    const comments = lines.findIndex((line) => !line.startsWith('# '));
    assert.equal(lines[0], '# yaml-language-server: $schema=../docs/reference/postern.schema.json', name);
    assert.equal(comments, 4, `${name} has ${comments - 1} lines of comment`);
  }
});
