// How gRPC calls end where something goes wrong: deadlines, resets, failures of servers, refusals of the proxy.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2 from 'node:http2';

import * as grpc from '@grpc/grpc-js';

import type { BasicAuthConfig } from '../../src/proxy/middleware/basic-auth/basic-auth.ts';
import type { BodyLimitConfig } from '../../src/proxy/middleware/body-limit/body-limit.ts';
import type { HeadersConfig } from '../../src/proxy/middleware/headers/headers.ts';
import type { RoutePlan } from '../../src/proxy/plan.ts';
import { asTimePasses } from '../harness/h2.ts';
import { grpcClient, grpcProxy, grpcSite, rawCall, rawGrpcServer } from '../harness/grpc-site.ts';
import { ended, GrpcServer } from '../harness/peers/grpc.ts';
import { freePort } from '../harness/free-port.ts';
import { proxyTest } from '../harness/proxy-test.ts';
import { until } from '../harness/until.ts';

const hello = Buffer.from('hello');
const { NGHTTP2_CANCEL, NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_INTERNAL_ERROR, NGHTTP2_REFUSED_STREAM } = http2.constants;

proxyTest('a deadline goes on to the server, less what was spent here', async (world) => {
  const { client, server } = await grpcSite(world);
  await client.echo(hello, { deadlineMs: 40_000 });
  assert.ok(server.deadlines[0]! > 20_000 && server.deadlines[0]! <= 40_000, String(server.deadlines[0]));
  await client.echo(hello);
  assert.equal(server.deadlines[1], Infinity);
});

proxyTest(
  'a server that does not keep to the deadline is told, and the client hears DEADLINE_EXCEEDED',
  async (world) => {
    const resets: (number | undefined)[] = [];
    let begun = 0;
    const server = await rawGrpcServer(world, (stream) => {
      begun++;
      stream.on('close', () => resets.push(stream.rstCode));
    });
    const proxy = await grpcProxy(world, {}, [server]);
    const { called } = rawCall(world, proxy.port(), { 'grpc-timeout': '10S' });
    await until('the call at the server', () => begun === 1);
    await asTimePasses(proxy, 'the reset at the server', () => resets.length === 1);
    const { head, reset } = await called;
    assert.equal(head?.[':status'], 200);
    assert.equal(head?.['content-type'], 'application/grpc');
    assert.equal(head?.['grpc-status'], '4');
    assert.match(String(head?.['grpc-message']), /^deadline-exceeded, id \S+$/);
    assert.equal(reset, 0);
    assert.deepEqual(resets, [NGHTTP2_CANCEL]);
    proxy.expectLine({ path: '/a.B/C', status: 200, reason: 'deadline-exceeded', grpcStatus: 4 });
  },
);

proxyTest('a deadline that is longer than the waits of the config goes before them', async (world) => {
  const { client, server, proxy } = await grpcSite(world, { pool: { timeouts: { firstByteMs: 100, idleMs: 100 } } });
  const held = client.echo(hello, { wish: { hold: true }, deadlineMs: 20_000 });
  await until('the call at the server', () => server.held.length === 1);
  proxy!.turnClock(5000);
  await new Promise((resolve) => setTimeout(resolve, 400));
  server.release();
  assert.equal((await held).status.code, grpc.status.OK);
  const without = client.echo(hello, { wish: { hang: true } });
  const { status } = await without;
  assert.deepEqual([status.code, status.details.split(',')[0]], [14, 'server-timeout']);
});

proxyTest('a stream may be silent for hours, in both directions', async (world) => {
  const { client, proxy } = await grpcSite(world, {
    pool: { timeouts: { firstByteMs: 100, idleMs: 100 } },
    plan: { timeouts: { bodyIdleMs: 100, bodyMinRate: 1000 } },
  });
  const chat = client.chat();
  const over = ended(chat);
  chat.write(hello);
  await once(chat, 'data');
  for (let i = 0; i < 3; i++) {
    proxy!.turnClock(3000);
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  chat.write(hello);
  await once(chat, 'data');
  chat.end();
  assert.equal((await over).status.code, grpc.status.OK);
});

proxyTest('a client that has not sent anything yet is not too slow', async (world) => {
  const { client, server, proxy } = await grpcSite(world, {
    plan: { timeouts: { bodyIdleMs: 100, bodyMinRate: 1000 } },
  });
  const chat = client.chat();
  const over = ended(chat);
  await until('the call at the server', () => server.begun === 1);
  proxy!.turnClock(3000);
  await new Promise((resolve) => setTimeout(resolve, 300));
  chat.write(hello);
  await once(chat, 'data');
  chat.end();
  assert.equal((await over).status.code, grpc.status.OK);
});

for (const code of [NGHTTP2_CANCEL, NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_INTERNAL_ERROR]) {
  proxyTest(`a server that resets a stream of answers with ${code} resets that of the client`, async (world) => {
    const server = await rawGrpcServer(world, (stream) => {
      // Or node:http2 would end the answer in order before it resets it.
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.write(Buffer.alloc(100));
      setImmediate(() => stream.close(code));
    });
    const proxy = await grpcProxy(world, {}, [server]);
    const { head, reset } = await rawCall(world, proxy.port()).called;
    assert.equal(head?.[':status'], 200);
    assert.equal(reset, code);
    proxy.expectLine({ path: '/a.B/C', reason: 'server-reset' });
  });
}

proxyTest('a client that resets is heard of by the server at once', async (world) => {
  const resets: (number | undefined)[] = [];
  const begun: unknown[] = [];
  const server = await rawGrpcServer(world, (stream) => {
    begun.push(stream);
    stream.on('close', () => resets.push(stream.rstCode));
  });
  const proxy = await grpcProxy(world, {}, [server]);
  const { stream, called } = rawCall(world, proxy.port());
  await until('the call at the server', () => begun.length === 1);
  stream.close(NGHTTP2_CANCEL);
  await called;
  await until('the reset at the server', () => resets.length === 1);
  assert.deepEqual(resets, [NGHTTP2_CANCEL]);
  proxy.expectLine({ path: '/a.B/C', status: 499, reason: 'client-abort' });
});

proxyTest('a stream that a server refuses is sent again', async (world) => {
  let calls = 0;
  const server = await rawGrpcServer(world, (stream) => {
    if (++calls === 1) stream.close(NGHTTP2_REFUSED_STREAM);
    else
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '0' }, { endStream: true });
  });
  const proxy = await grpcProxy(world, {}, [server]);
  const { stream, called } = rawCall(world, proxy.port());
  stream.end();
  assert.equal((await called).head?.['grpc-status'], '0');
  assert.equal(calls, 2);
});

proxyTest('where no server is there, a call is UNAVAILABLE, and the reason is among its words', async (world) => {
  const dead = { kind: 'tcp', host: '127.0.0.1', port: await freePort() } as const;
  const proxy = await grpcProxy(world, {}, [dead]);
  const { status } = await grpcClient(world, proxy.port()).echo(hello);
  assert.equal(status.code, grpc.status.UNAVAILABLE);
  assert.match(status.details, /^server-refused, id \S+$/);
  proxy.expectLine({ path: '/postern.test.v1.Test/Echo', status: 200, reason: 'server-refused', grpcStatus: 14 });
});

proxyTest('with another server there, a call goes to that one', async (world) => {
  const server = await GrpcServer.start();
  world.after(() => server.stop());
  const dead = { kind: 'tcp', host: '127.0.0.1', port: await freePort() } as const;
  const pool = { retries: { attempts: 1, on: ['conn-failure'] } } as const;
  const proxy = await grpcProxy(world, { pool }, [dead, server]);
  const client = grpcClient(world, proxy.port());
  const calls = await Promise.all(Array.from({ length: 6 }, () => client.echo(hello)));
  assert.deepEqual(
    calls.map(({ status }) => status.code),
    [0, 0, 0, 0, 0, 0],
  );
});

proxyTest('a client that tries again on UNAVAILABLE does so on our own word, too', async (world) => {
  const port = await freePort();
  const proxy = await grpcProxy(world, {}, [{ kind: 'tcp', host: '127.0.0.1', port }]);
  const retryPolicy = {
    maxAttempts: 5,
    initialBackoff: '0.05s',
    maxBackoff: '0.1s',
    backoffMultiplier: 1,
    retryableStatusCodes: ['UNAVAILABLE'],
  };
  const config = JSON.stringify({ methodConfig: [{ name: [{}], retryPolicy }] });
  const client = grpcClient(world, proxy.port(), { client: { 'grpc.service_config': config } });
  const { status } = await client.echo(hello);
  assert.equal(status.code, grpc.status.UNAVAILABLE);
  const lines = await proxy.log.count(5);
  assert.ok(lines.every(({ reason }) => reason === 'server-refused'));
});

async function refused(
  world: Parameters<Parameters<typeof proxyTest>[1]>[0],
  more: Partial<RoutePlan>,
  message = hello,
): Promise<grpc.StatusObject> {
  const { client, server } = await grpcSite(world, { plan: { routes: [{ path: '/', more }] } });
  const { status } = await client.echo(message);
  assert.equal(server.begun, 0);
  return status;
}

proxyTest('what a feature refuses comes as a status of gRPC, with its fields as metadata', async (world) => {
  const config: BasicAuthConfig = {
    realm: 'calls',
    users: [],
    header: 'X-User',
    forwardAuthorization: false,
    cacheMs: 0,
  };
  const status = await refused(world, { middleware: [{ name: 'basic-auth', config }] });
  assert.equal(status.code, grpc.status.UNAUTHENTICATED);
  assert.deepEqual(status.metadata.get('www-authenticate').length, 1);
});

proxyTest('messages that are too much for a route are RESOURCE_EXHAUSTED', async (world) => {
  const config: BodyLimitConfig = { max: 1000, exceptions: [] };
  const { client } = await grpcSite(world, {
    plan: { routes: [{ path: '/', more: { middleware: [{ name: 'body-limit', config }] } }] },
  });
  const { status } = await client.echo(Buffer.alloc(2000));
  assert.equal(status.code, grpc.status.RESOURCE_EXHAUSTED);
  assert.match(status.details, /^body-too-large, id /);
});

proxyTest('a deadline holds on a route that does something on the way, too', async (world) => {
  const none = { remove: [], set: [], add: [] };
  const config: HeadersConfig = {
    request: none,
    response: { ...none, set: [{ name: 'X-Seen', value: [{ kind: 'text', text: 'yes' }] }] },
  };
  const server = await rawGrpcServer(world, () => undefined);
  const plan = { routes: [{ path: '/', more: { middleware: [{ name: 'headers', config }] } }] } as const;
  const proxy = await grpcProxy(world, { plan }, [server]);
  const { head } = await rawCall(world, proxy.port(), { 'grpc-timeout': '50m' }).called;
  assert.deepEqual([head?.['grpc-status'], head?.['x-seen']], ['4', 'yes']);
});

proxyTest('a proxy that stops lets calls end', async (world) => {
  const { client, server, proxy } = await grpcSite(world);
  const held = client.echo(hello, { wish: { hold: true } });
  await until('the call at the server', () => server.held.length === 1);
  const drained = proxy!.plane.drain(10_000);
  server.release();
  assert.equal((await held).status.code, grpc.status.OK);
  await drained;
});

proxyTest('a path that no route has is UNIMPLEMENTED', async (world) => {
  const { client } = await grpcSite(world, { plan: { routes: [{ path: '/other/' }] } });
  const { status } = await client.echo(hello);
  assert.equal(status.code, grpc.status.UNIMPLEMENTED);
  assert.match(status.details, /^no-route, id /);
});

proxyTest('the log has the status of each call, and nothing of it for other requests', async (world) => {
  const { client, proxy } = await grpcSite(world);
  await client.echo(hello);
  await proxy!.log.count(1);
  await client.echo(hello, { wish: { fail: grpc.status.NOT_FOUND } });
  await proxy!.log.count(2);
  await ended(client.count({ count: 3, size: 3 }));
  const lines = await proxy!.log.count(3);
  assert.deepEqual(
    lines.map(({ grpcStatus }) => grpcStatus),
    [0, 5, 0],
  );
});
