import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';

import { addressOf, endsWell, folderFor, origin, run, start, until } from './command.ts';

interface Received {
  readonly headers: http.IncomingHttpHeaders;
  readonly spans: readonly {
    readonly traceId: string;
    readonly name: string;
    readonly attributes: readonly unknown[];
  }[];
  readonly resource: Readonly<Record<string, string>>;
}

/** A collector of traces that takes OTLP over HTTP in JSON, as the first answers say, then gladly. */
async function collectorFor(
  t: TestContext,
  answers: readonly number[] = [],
): Promise<{ url: string; got: Received[] }> {
  const got: Received[] = [];
  const left = [...answers];
  const take = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const body = JSON.parse(await text(request));
    assert.equal(request.method, 'POST');
    assert.equal(request.url, '/v1/traces');
    assert.equal(request.headers['content-type'], 'application/json');
    const status = left.shift() ?? 200;
    if (status === 200) {
      const [{ resource, scopeSpans }] = body.resourceSpans;
      const attributes = resource.attributes.map(({ key, value }: { key: string; value: object }) => [
        key,
        Object.values(value)[0],
      ]);
      assert.equal(scopeSpans[0].scope.name, 'postern');
      got.push({ headers: request.headers, spans: scopeSpans[0].spans, resource: Object.fromEntries(attributes) });
    }
    response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '1' });
    response.end('{}');
  };
  const server = http.createServer((request, response) => void take(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`, got };
}

function config(server: string, endpoint: string): string {
  return `listeners: { web: { address: "127.0.0.1:0" } }
admin: { socket: ctl.sock }
accessLog: false
threads: 2
routes:
  - name: shop
    to: app
    middleware: [{ headers: { request: { set: { X-Plain: "\${KEY}", X-Api-Key: plain-secret } } } }]
pools: { app: { servers: ["${server}"] } }
trace:
  header: X-Trace
  otlp: { endpoint: "${endpoint}", sample: 1, service: edge, headers: { x-tenant: "\${KEY}" } }
`;
}

async function metricOf(socket: string, name: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  http.get({ socketPath: socket, path: '/metrics', agent: false }, resolve).on('error', reject);
  const lines = (await text(await promise)).split('\n');
  return Number(
    lines
      .find((line) => line.startsWith(`${name} `))
      ?.split(' ')
      .at(-1),
  );
}

test('a request is explained afterwards, and its spans come to a collector that was busy at first', async (t) => {
  const server = await origin(t, 'one');
  const collector = await collectorFor(t, [503, 429]);
  const cwd = folderFor(t);
  writeFileSync(join(cwd, 'postern.yaml'), config(server.url, collector.url));
  const env = { KEY: 'environment-secret' };
  const running = start(t, ['run'], { cwd, env });
  const url = await addressOf(running);
  const ids: string[] = [];
  for (let i = 0; i < 4; i++) {
    // Each on a connection of its own, so that both threads get some.
    const answer = await fetch(`${url}/a?token=geheim&i=${i}`, {
      headers: { connection: 'close', 'x-trace': '1', 'x-request-id': 'not-believed' },
    });
    await answer.arrayBuffer();
  }
  const spans = await until(
    () => {
      const all = collector.got.flatMap((each) => each.spans);
      return all.length >= 8 ? all : undefined;
    },
    () => `8 spans, there are ${collector.got.flatMap((each) => each.spans).length}`,
  );
  assert.equal(spans.length, 8);
  const [{ resource, headers }] = collector.got as [Received];
  assert.equal(resource['service.name'], 'edge');
  assert.equal(headers['x-tenant'], 'environment-secret');
  for (const span of spans.filter(({ name }) => name === 'GET shop')) {
    const found = (span.attributes as { key: string; value: { stringValue: string } }[]).find(
      ({ key }) => key === 'postern.request_id',
    );
    ids.push(found!.value.stringValue);
  }
  assert.equal(new Set(ids).size, 4);
  for (const id of ids.slice(0, 2)) {
    const { code, stdout, stderr } = await run(t, ['explain', '--id', id], { cwd, env });
    assert.equal(stderr, '');
    assert.equal(code, 0);
    assert.match(stdout, /^GET http:\/\/127\.0\.0\.1:\d+\/a\?token=\*\*\*&i=\d\n/);
    assert.match(stdout, /match +the route is shop$/m);
    assert.match(stdout, /feature +headers +adds field X-Plain: \*\*\*; adds field X-Api-Key: \*\*\*$/m);
    assert.match(stdout, /server +http:\S+ +answers with 200$/m);
    assert.match(stdout, /^ended with 200 after [\d.]+ ms$/m);
    const trace = spans.find(({ attributes }) => JSON.stringify(attributes).includes(id))!.traceId;
    assert.ok(stdout.includes(`trace ${trace} at the collector`));
    assert.doesNotMatch(stdout, /environment-secret|plain-secret|geheim/);
  }
  assert.match(running.stderr(), /Cannot send spans: the collector answers with 503; another try follows/);
  const { stdout: json } = await run(t, ['explain', '--json', '--id', ids[0]!], { cwd, env });
  assert.equal((JSON.parse(json) as { id: string }).id, ids[0]);
  const sent = 'postern_trace_spans_total{outcome="sent"}';
  await until(
    async () => (await metricOf(join(cwd, 'ctl.sock'), sent)) === 8,
    () => '8 spans that were sent',
  );
  assert.equal(await metricOf(join(cwd, 'ctl.sock'), 'postern_trace_spans_total{outcome="dropped"}'), 0);
  const unknown = await run(t, ['explain', '--id', 'nonsense'], { cwd, env });
  assert.match(unknown.stderr, /^postern: Cannot find the request "nonsense": it was not traced/);
  assert.equal(unknown.code, 1);
});

test('what waits is sent before the process ends', async (t) => {
  const server = await origin(t, 'one');
  const collector = await collectorFor(t);
  const cwd = folderFor(t);
  writeFileSync(join(cwd, 'postern.yaml'), config(server.url, collector.url));
  const running = start(t, ['run'], { cwd, env: { KEY: 'x' } });
  const url = await addressOf(running);
  await (await fetch(`${url}/a`)).arrayBuffer();
  running.child.kill('SIGTERM');
  await endsWell(running);
  assert.equal(collector.got.flatMap((each) => each.spans).length, 2);
});

test('a collector that does not answer holds nothing up, the end of the process no longer than 3 s', async (t) => {
  const server = await origin(t, 'one');
  const silent = http.createServer(() => {});
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.after(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const cwd = folderFor(t);
  const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/v1/traces`;
  writeFileSync(join(cwd, 'postern.yaml'), config(server.url, endpoint));
  const running = start(t, ['run'], { cwd, env: { KEY: 'x' } });
  const url = await addressOf(running);
  assert.equal((await fetch(`${url}/a`)).status, 200);
  running.child.kill('SIGTERM');
  await endsWell(running);
  assert.match(running.stderr(), /Spans are dropped: Postern ends|Stopped/);
});
