import { once } from 'node:events';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';

import * as grpc from '@grpc/grpc-js';

import { tlsPlan, type Issued, type TestCa } from './certificates.ts';
import { GrpcClient, GrpcServer } from './peers/grpc.ts';
import type { PlanSpec, PoolSpec } from './plan-of.ts';
import type { World } from './proxy-test.ts';
import type { ProxyUnderTest } from './proxy-under-test.ts';

/** How a client gets to a server. */
export type Way = 'direct' | 'h2c' | 'TLS';

export interface GrpcTls {
  readonly ca: TestCa;
  readonly a: Issued;
}

export interface GrpcSiteSpec {
  readonly way?: Way;
  readonly tls?: GrpcTls | undefined;
  readonly plan?: PlanSpec;
  readonly pool?: Omit<PoolSpec, 'servers'>;
  readonly server?: grpc.ServerOptions;
  readonly client?: grpc.ClientOptions;
}

/** A client, a proxy (unless the way is direct), and a server. All end with the test. */
export interface GrpcSite {
  readonly client: GrpcClient;
  readonly server: GrpcServer;
  readonly proxy: ProxyUnderTest | undefined;
}

export async function grpcSite(world: World, spec: GrpcSiteSpec = {}): Promise<GrpcSite> {
  const { way = 'h2c', tls } = spec;
  const secure = way === 'TLS' ? tls! : undefined;
  const server = await GrpcServer.start(serverCredentials(secure), spec.server);
  world.after(() => server.stop());
  const proxy = way === 'direct' ? undefined : await grpcProxy(world, { ...spec, tls: secure }, [server]);
  return { client: grpcClient(world, proxy?.port() ?? server.port, { ...spec, tls: secure }), server, proxy };
}

/** A proxy before servers that speak HTTP/2. */
export async function grpcProxy(
  world: World,
  { plan, pool, tls }: Pick<GrpcSiteSpec, 'plan' | 'pool' | 'tls'>,
  servers: PoolSpec['servers'],
): Promise<ProxyUnderTest> {
  const secure = tls && { secure: true, tls: { ca: tls.ca.cert, serverName: 'a.test' } };
  return await world.proxy({
    servers,
    // By TLS a server says itself that it speaks HTTP/2.
    pool: { ...secure, ...pool, protocol: { version: tls === undefined ? 'http2' : 'auto', ...pool?.protocol } },
    tls: tls && tlsPlan([tls.a]),
    ...plan,
  });
}

export function grpcClient(
  world: World,
  port: number,
  { tls, client }: Pick<GrpcSiteSpec, 'tls' | 'client'> = {},
): GrpcClient {
  const named = { 'grpc.ssl_target_name_override': 'a.test', 'grpc.default_authority': 'a.test' };
  const made =
    tls === undefined
      ? new GrpcClient(port, undefined, client)
      : new GrpcClient(port, grpc.credentials.createSsl(Buffer.from(tls.ca.cert)), { ...named, ...client });
  world.after(() => made.close());
  return made;
}

function serverCredentials(tls: GrpcTls | undefined): grpc.ServerCredentials {
  if (tls === undefined) return grpc.ServerCredentials.createInsecure();
  return grpc.ServerCredentials.createSsl(null, [
    { cert_chain: Buffer.from(tls.a.chain), private_key: Buffer.from(tls.a.key) },
  ]);
}

/** A server of `node:http2` that does this with each stream: for what no library of gRPC would do. */
export async function rawGrpcServer(
  world: World,
  onStream: (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void,
): Promise<{ readonly place: { kind: 'tcp'; host: string; port: number } }> {
  const sessions = new Set<http2.ServerHttp2Session>();
  const server = http2.createServer();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream: http2.ServerHttp2Stream, headers) => {
    stream.on('error', () => {});
    onStream(stream, headers);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  world.after(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { place: { kind: 'tcp', host: '127.0.0.1', port } };
}

/** What a call came to, as the frames say. */
export interface RawCalled {
  readonly head: http2.IncomingHttpHeaders | undefined;
  readonly trailers: http2.IncomingHttpHeaders | undefined;
  /** Code of RST_STREAM; 0: it ended in order. */
  readonly reset: number;
}

export interface RawCall {
  readonly stream: http2.ClientHttp2Stream;
  readonly called: Promise<RawCalled>;
}

/** A call by `node:http2`, whose request stays open. */
export function rawCall(world: World, port: number, fields: http2.OutgoingHttpHeaders = {}): RawCall {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  session.on('error', () => {});
  world.after(() => session.destroy());
  const common = { ':method': 'POST', ':path': '/a.B/C', 'content-type': 'application/grpc', te: 'trailers' };
  const stream = session.request({ ...common, ...fields }, { endStream: false });
  return { stream, called: outcomeOf(stream) };
}

async function outcomeOf(stream: http2.ClientHttp2Stream): Promise<RawCalled> {
  let [head, trailers]: (http2.IncomingHttpHeaders | undefined)[] = [];
  stream.on('response', (fields) => (head = fields));
  stream.on('trailers', (fields) => (trailers = fields));
  stream.on('error', () => {});
  stream.resume();
  await new Promise<void>((resolve) => stream.once('close', () => resolve()));
  return { head, trailers, reset: stream.rstCode ?? 0 };
}
