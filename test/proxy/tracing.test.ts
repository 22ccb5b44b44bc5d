import assert from 'node:assert/strict';

import type { Plan } from '../../src/proxy/index.ts';
import { readAnswer, readAnswers, readRequest, statusOf, valueOf } from '../harness/message.ts';
import type { Place } from '../harness/plan-of.ts';
import { proxyTest, type World } from '../harness/proxy-test.ts';
import type { ProxyUnderTest } from '../harness/proxy-under-test.ts';
import { ok, serve } from '../harness/raw-server.ts';
import { get, post } from '../harness/requests.ts';
import { until } from '../harness/until.ts';

type TracePlan = NonNullable<Plan['trace']>;
type OtlpPlan = NonNullable<TracePlan['otlp']>;

const loopback = ['127.0.0.0/8', '::1/128'];
const off: TracePlan = { sample: 0, header: undefined, from: loopback, otlp: undefined };
const collector: OtlpPlan = {
  endpoint: 'http://127.0.0.1:4318/v1/traces',
  headers: {},
  service: 'test',
  sample: 1,
  continue: 'trusted',
};

const traceId = '0af7651916cd43dd8448eb211c80319c';
const parentId = 'b7ad6b7169203331';

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly name: string;
  readonly kind: number;
  readonly flags: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code?: number };
  readonly attributes: Readonly<Record<string, string | number>>;
}

async function spansOf(proxy: ProxyUnderTest, count: number): Promise<Span[]> {
  await until('spans', () => proxy.spans.length >= count);
  assert.equal(proxy.spans.length, count);
  return proxy.spans.map((text) => {
    const span = JSON.parse(text);
    const attributes = span.attributes.map(({ key, value }: { key: string; value: Record<string, string> }) => [
      key,
      value['stringValue'] ?? Number(value['intValue']),
    ]);
    return { ...span, attributes: Object.fromEntries(attributes) };
  });
}

/** A server that says in its answer which trace it was told of. */
const echo = serve((request) =>
  ok([valueOf(request, 'traceparent') ?? 'none', valueOf(request, 'tracestate') ?? 'none'].join(' ')),
);

/** What it said. */
async function told(world: World, proxy: ProxyUnderTest, fields = ''): Promise<{ parent: string; state: string }> {
  const client = await world.send(proxy, get('/', fields));
  const [parent = '', state = ''] = (await readAnswer(client)).body.toString().split(' ');
  return { parent, state };
}

/** A place where nobody listens. */
async function nobody(world: World): Promise<Place> {
  const server = await world.server(() => {});
  await server.stop();
  return server.place;
}

// --- what is kept ------------------------------------------------------------------------------------------------

proxyTest('a request that asks for it is traced, with all that was decided', async (world) => {
  const server = await world.server(serve(() => ok('hello')));
  const trace = { ...off, header: 'X-Trace' };
  const proxy = await world.proxy({ servers: [await nobody(world), server], trace });
  const client = await world.send(proxy, get('/a?password=geheim&b=1', 'x-trace: 1\r\n') + get('/not'));
  await readAnswers(client, 2);
  const line = await proxy.log.ofPath('/a');
  const traced = proxy.plane.traced(line.id);
  assert.ok(traced, 'it was not kept');
  assert.equal(traced.url, 'http://a.test/a?password=***&b=1');
  assert.deepEqual(
    [traced.route, traced.pool, traced.server, traced.status, traced.retries, traced.bytesOut],
    ['route-0', 'main', 'main-1', 200, 1, 5],
  );
  assert.deepEqual(
    traced.notes.map(({ step, by }) => `${step} ${by ?? ''}`.trim()),
    ['client', 'match', 'pick main-0', 'server main-0', 'pick main-1', 'server main-1', 'server main-1'],
  );
  assert.match(traced.notes[3]!.what, /^server-refused: /);
  assert.equal(traced.notes[5]!.what, 'tried again: conn-failure');
  assert.equal(traced.notes[6]!.what, 'answers with 200');
  const times = traced.notes.map(({ at }) => at!);
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  assert.ok(times.at(-1)! <= traced.timings.ended);
  assert.equal(proxy.plane.traced((await proxy.log.ofPath('/not')).id), undefined);
});

proxyTest('nobody may ask for a trace but those who are named', async (world) => {
  const trace = { ...off, header: 'X-Trace', from: ['10.0.0.0/8'] };
  const { proxy } = await world.proxyTo(echo, { trace, forwarding: { trustedProxies: ['127.0.0.1'] } });
  const client = await world.send(
    proxy,
    get('/near', 'x-trace: 1\r\n') +
      get('/far', 'x-trace: 1\r\nx-forwarded-for: 192.0.2.7\r\n') +
      get('/named', 'x-trace: 1\r\nx-forwarded-for: 10.1.2.3\r\n'),
  );
  await readAnswers(client, 3);
  for (const [path, kept] of [
    ['/near', false],
    ['/far', false],
    ['/named', true],
  ] as const) {
    const { id } = await proxy.log.ofPath(path);
    assert.equal(proxy.plane.traced(id) !== undefined, kept, path);
  }
});

proxyTest('of a share of requests traces are kept, refusals among them, and the last 1,000 stay', async (world) => {
  const trace = { ...off, sample: 1 };
  const { proxy } = await world.proxyTo(echo, { trace, routes: [{ path: '/a/' }] });
  const client = await world.send(proxy, get('/no') + get('/a/first'));
  assert.equal(statusOf((await readAnswers(client, 2))[0]!), 404);
  const refused = proxy.plane.traced((await proxy.log.ofPath('/no')).id);
  assert.deepEqual([refused?.status, refused?.reason, refused?.route], [404, 'no-route', undefined]);
  const first = (await proxy.log.ofPath('/a/first')).id;
  assert.ok(proxy.plane.traced(first));
  for (let i = 0; i < 10; i++) {
    client.send(get('/a/x').repeat(100));
    await readAnswers(client, 100);
  }
  await until('the first to be forgotten', () => proxy.plane.traced(first) === undefined);
  const last = (await proxy.log.line('the last', ({ path }) => path === '/a/x')).id;
  assert.ok(proxy.plane.traced(last));
});

proxyTest('what a reload keeps of traces can still be asked for', async (world) => {
  const server = await world.server(echo);
  const proxy = await world.proxy({ servers: [server], trace: { ...off, sample: 1 } });
  await told(world, proxy);
  const { id } = await proxy.log.ofPath('/');
  await proxy.apply({ servers: [server] });
  assert.ok(proxy.plane.traced(id));
});

// --- spans -------------------------------------------------------------------------------------------------------

proxyTest('without a collector what clients say of traces passes through', async (world) => {
  const { proxy } = await world.proxyTo(echo, { trace: { ...off, sample: 1 } });
  const fields = `traceparent: 00-${traceId}-${parentId}-01\r\ntracestate: a=1\r\n`;
  assert.deepEqual(await told(world, proxy, fields), { parent: `00-${traceId}-${parentId}-01`, state: 'a=1' });
  assert.equal((await told(world, proxy)).parent, 'none');
  assert.deepEqual(proxy.spans, []);
});

proxyTest('an exchange is a span, and so is each attempt with a server', async (world) => {
  const server = await world.server(echo);
  const proxy = await world.proxy({
    servers: [await nobody(world), server],
    trace: { ...off, otlp: collector },
    routes: [{ path: '/a/' }],
  });
  const client = await world.send(proxy, post('/a/b?password=x&c=1', 'abc', 'user-agent: test/1\r\n'));
  const answer = await readAnswer(client);
  const [own, first, second] = await spansOf(proxy, 3);
  assert.equal(answer.body.toString(), `00-${own!.traceId}-${second!.spanId}-01 none`);
  assert.deepEqual(
    [own, first, second].map((span) => [span!.name, span!.kind, span!.parentSpanId, span!.status]),
    [
      ['POST route-0', 2, undefined, {}],
      ['POST', 3, own!.spanId, { code: 2 }],
      ['POST', 3, own!.spanId, {}],
    ],
  );
  assert.equal(new Set([own!.spanId, first!.spanId, second!.spanId]).size, 3);
  const { attributes } = own!;
  const { id } = await proxy.log.ofPath('/a/b');
  const expected = {
    'http.request.method': 'POST',
    'url.scheme': 'http',
    'url.path': '/a/b',
    'url.query': 'password=***&c=1',
    'server.address': 'a.test',
    'server.port': proxy.port(),
    'client.address': '127.0.0.1',
    'user_agent.original': 'test/1',
    'http.route': 'route-0',
    'http.response.status_code': 200,
    'http.request.body.size': 3,
    'postern.request_id': id,
    'postern.pool': 'main',
    'postern.server': 'main-1',
    'postern.retries': 1,
    'network.protocol.version': '1.1',
  };
  for (const [key, value] of Object.entries(expected)) assert.equal(attributes[key], value, key);
  assert.equal(first!.attributes['error.type'], 'server-refused');
  assert.equal(second!.attributes['http.request.resend_count'], 1);
  assert.equal(second!.attributes['http.response.status_code'], 200);
  const { port } = server.place as { port: number };
  assert.equal(second!.attributes['url.full'], `http://127.0.0.1:${port}/a/b?password=***&c=1`);
  for (const span of [own!, first!, second!]) {
    assert.match(span.startTimeUnixNano, /^\d{19}$/);
    assert.ok(BigInt(span.endTimeUnixNano) >= BigInt(span.startTimeUnixNano));
    assert.ok(BigInt(span.startTimeUnixNano) >= BigInt(own!.startTimeUnixNano));
    assert.ok(BigInt(span.endTimeUnixNano) <= BigInt(own!.endTimeUnixNano));
  }
  const age = Date.now() - Number(BigInt(own!.startTimeUnixNano) / 1_000_000n);
  assert.ok(age >= -1000 && age < 60_000, `it began ${age} ms ago`);
});

proxyTest("a trusted proxy's trace goes on, sampled or not as that says", async (world) => {
  const trace = { ...off, otlp: { ...collector, sample: 0 } };
  const { proxy } = await world.proxyTo(echo, { trace, forwarding: { trustedProxies: ['127.0.0.1'] } });
  const state = 'tracestate: a=1,b=2\r\n';
  const unsampled = `00-${traceId}-${parentId}-00`;
  assert.deepEqual(await told(world, proxy, `traceparent: ${unsampled}\r\n${state}`), {
    parent: unsampled,
    state: 'a=1,b=2',
  });
  const sampled = await told(world, proxy, `traceparent: 00-${traceId}-${parentId}-01\r\n${state}`);
  const [own, attempt] = await spansOf(proxy, 2);
  assert.deepEqual([own!.traceId, own!.parentSpanId, own!.traceState], [traceId, parentId, 'a=1,b=2']);
  assert.deepEqual(sampled, { parent: `00-${traceId}-${attempt!.spanId}-01`, state: 'a=1,b=2' });
  assert.deepEqual([own!.flags & 0x300, attempt!.flags & 0x300], [0x300, 0x100]);
});

proxyTest("a stranger's trace is not gone on with, unless that is wanted", async (world) => {
  const server = await world.server(echo);
  const proxy = await world.proxy({ servers: [server], trace: { ...off, otlp: { ...collector, sample: 0 } } });
  const fields = `traceparent: 00-${traceId}-${parentId}-01\r\ntracestate: a=1\r\n`;
  const strange = await told(world, proxy, fields);
  assert.match(strange.parent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  assert.ok(!strange.parent.includes(traceId));
  assert.equal(strange.state, 'none');
  await proxy.apply({ servers: [server], trace: { ...off, otlp: { ...collector, sample: 0, continue: 'always' } } });
  assert.ok((await told(world, proxy, fields)).parent.startsWith(`00-${traceId}-`));
  await proxy.apply({
    servers: [server],
    forwarding: { trustedProxies: ['127.0.0.1'] },
    trace: { ...off, otlp: { ...collector, sample: 0, continue: 'never' } },
  });
  assert.ok(!(await told(world, proxy, fields)).parent.includes(traceId));
  assert.equal((await spansOf(proxy, 2))[0]!.traceId, traceId);
});

proxyTest('a trace that is not valid is not gone on with, and its state goes nowhere', async (world) => {
  const trace = { ...off, otlp: collector };
  const { proxy } = await world.proxyTo(echo, { trace, forwarding: { trustedProxies: ['127.0.0.1'] } });
  const { parent, state } = await told(world, proxy, 'traceparent: 00-xyz-1-01\r\ntracestate: a=1\r\n');
  assert.match(parent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  assert.equal(state, 'none');
});

proxyTest('failures are failures in spans, too', async (world) => {
  const proxy = await world.proxy({
    servers: [await nobody(world)],
    pool: { retries: { attempts: 0 } },
    trace: { ...off, otlp: collector },
  });
  const client = await world.send(proxy, get('/'));
  assert.equal(statusOf(await readAnswer(client)), 502);
  const [own, attempt] = await spansOf(proxy, 2);
  assert.deepEqual([own!.status, attempt!.status], [{ code: 2 }, { code: 2 }]);
  assert.equal(own!.attributes['error.type'], 'server-refused');
  assert.equal(own!.attributes['http.response.status_code'], 502);
});

proxyTest('a client that goes leaves a span without a status', async (world) => {
  const { proxy, server } = await world.proxyTo(async (peer) => void (await readRequest(peer)), {
    trace: { ...off, otlp: collector },
  });
  const client = await world.send(proxy, get('/gone'));
  await until('the request at the server', () => server.bytesReceived > 0);
  client.reset();
  const [own] = await spansOf(proxy, 2);
  assert.equal(own!.attributes['http.response.status_code'], undefined);
  assert.equal(own!.attributes['error.type'], 'client-abort');
});

proxyTest('a stop hands over the spans that wait', async (world) => {
  const { proxy } = await world.proxyTo(echo, { trace: { ...off, otlp: collector } });
  await told(world, proxy);
  await proxy.plane.stop();
  assert.equal(proxy.spans.length, 2);
});
