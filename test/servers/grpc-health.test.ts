import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';

import * as grpc from '@grpc/grpc-js';

import { folderFor } from '../cli/command.ts';
import { issue, makeCa } from '../harness/certificates.ts';
import { GrpcClient, GrpcServer } from '../harness/peers/grpc.ts';
import { needing } from '../harness/peers/needing.ts';
import { CheckedSite } from './checked-site.ts';

const openssl = needing('openssl');

async function serverFor(t: TestContext, credentials?: grpc.ServerCredentials): Promise<GrpcServer> {
  const server = await GrpcServer.start(credentials, {}, { withHealth: true });
  t.after(() => server.stop());
  return server;
}

/** `every` bounds each check, too: it takes a stall of three such for a good server to be down. */
const check = 'type: grpc, every: 1s, fastEvery: 100ms, downEvery: 100ms, rise: 2, fall: 3';

openssl.test('a server that is not serving gets no calls, and comes back when it is', async (t) => {
  const [one, two] = [await serverFor(t), await serverFor(t)];
  const cwd = folderFor(t);
  const servers = [one, two].map(({ port }) => `"h2c://127.0.0.1:${port}"`).join(', ');
  const site = await CheckedSite.start(t, cwd, `app: { servers: [${servers}], health: { ${check}, service: shop } }`);
  await site.settled(['down', /does not know the service "shop"/], ['down', /does not know the service "shop"/]);
  const client = new GrpcClient(site.port);
  t.after(() => client.close());
  assert.equal((await client.echo(Buffer.from('x'))).status.code, grpc.status.UNAVAILABLE);

  for (const server of [one, two]) server.health.set('shop', 1);
  await site.settled(['up', /^SERVING$/], ['up', /^SERVING$/]);
  one.health.set('shop', 2);
  await site.settled(['down', /^NOT_SERVING$/], ['up', /^SERVING$/]);
  const calls = await Promise.all(Array.from({ length: 10 }, () => client.echo(Buffer.from('x'))));
  assert.ok(calls.every(({ status }) => status.code === grpc.status.OK));
  assert.deepEqual([one.begun, two.begun], [0, 10]);

  two.stop();
  await site.settled(['down', /^NOT_SERVING$/], ['down', /^connection refused$/]);
  one.health.set('shop', 1);
  await site.settled(['up', /^SERVING$/], ['down', /^connection refused$/]);
});

openssl.test('servers are asked by TLS where they speak it, and the words say what is wrong', async (t) => {
  const cwd = folderFor(t);
  const ca = await makeCa(cwd);
  const { certFile, keyFile } = await issue(ca, { names: ['app.test'] });
  const pair = { cert_chain: readFileSync(certFile), private_key: readFileSync(keyFile) };
  const secure = await serverFor(t, grpc.ServerCredentials.createSsl(null, [pair]));
  const without = await GrpcServer.start();
  t.after(() => without.stop());
  const pool = (port: number, name: string): string =>
    `{ servers: ["https://127.0.0.1:${port}"], tls: { ca: ${ca.certFile}, serverName: ${name} }, health: { ${check} } }`;
  const plain = `{ servers: ["h2c://127.0.0.1:${without.port}"], health: { ${check} } }`;
  const pools = `app: ${pool(secure.port, 'app.test')}, b: ${pool(secure.port, 'other.test')}, c: ${plain}`;
  const site = await CheckedSite.start(t, cwd, pools, '{ to: app }, { path: /b/, to: b }, { path: /c/, to: c }');
  await site.settled(
    ['up', /^SERVING$/],
    ['down', /other\.test/],
    ['down', /does not know the health protocol of gRPC.*UNIMPLEMENTED/],
  );
});
