import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type tls from 'node:tls';

import type { ServerTlsPlan } from '../../src/proxy/pool-plan.ts';
import { needing } from './peers/needing.ts';
import { issue, makeCa, openssl, type Issued, type TestCa } from './certificates.ts';
import { readAnswer, readRequest, statusOf, textOf } from './message.ts';
import type { Place, PoolSpec } from './plan-of.ts';
import type { World } from './proxy-test.ts';
import type { ProxyUnderTest } from './proxy-under-test.ts';
import type { RawPeer } from './raw-peer.ts';
import { echo } from './raw-server.ts';
import { get } from './requests.ts';

/** Whom the certificates of servers are for. */
export const serverName = 'server.test';

type PoolTls = Partial<ServerTlsPlan>;

/** Certificates that the tests of a file share. */
export class Identities {
  folder!: string;
  ca!: TestCa;
  /** An authority that nobody knows. */
  stranger!: TestCa;
  /** A server's, for `serverName`. */
  good!: Issued;
  /** A client's. */
  client!: Issued;

  async make(): Promise<void> {
    this.folder = await mkdtemp(path.join(tmpdir(), 'postern-'));
    this.ca = await makeCa(this.folder);
    this.stranger = await makeCa(this.folder, 'stranger');
    this.good = await issue(this.ca, { names: [serverName] });
    this.client = await issue(this.ca, { commonName: 'client', use: 'client' });
  }

  /** Settings with which the good certificate is good. */
  trusting(more: PoolTls = {}): PoolTls {
    return { ca: this.ca.cert, serverName, ...more };
  }

  async selfSigned(commonName: string): Promise<Issued> {
    const base = path.join(this.folder, `self-${randomBytes(4).toString('hex')}`);
    const [certFile, keyFile] = [`${base}.crt`, `${base}.key`];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', keyFile];
    const names = ['-subj', `/CN=${commonName}`, '-addext', `subjectAltName=DNS:${commonName}`];
    await openssl(this.folder, 'req', '-x509', ...key, ...names, '-days', '30', '-out', certFile);
    const cert = await readFile(certFile, 'utf8');
    return { ...this.good, cert, chain: cert, key: await readFile(keyFile, 'utf8') };
  }
}

/** Made before the tests of a file, and removed after them. */
export function identities(): Identities {
  const made = new Identities();
  const { after, before } = needing('openssl');
  before(() => made.make());
  after(() => rm(made.folder, { recursive: true }));
  return made;
}

/** The pin of a certificate's key. */
export function pinOf({ cert }: Issued): string {
  const key = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('base64');
}

/** What of a certificate a server of Node is made with. */
export function shown({ chain, key }: Issued): tls.TlsOptions {
  return { cert: chain, key };
}

/** A script that answers each request with itself. */
export async function hello(peer: RawPeer): Promise<void> {
  for (;;) peer.send(echo(await readRequest(peer)));
}

/** A proxy to servers that are spoken to by TLS. */
export function secureProxy(
  world: World,
  servers: readonly Place[],
  plan: PoolTls,
  more: Partial<PoolSpec> = {},
): Promise<ProxyUnderTest> {
  return world.proxy({ servers, pool: { secure: true, tls: plan, ...more } });
}

/** A request over a connection of its own. */
export async function ask(world: World, proxy: ProxyUnderTest): Promise<{ status: number; text: string }> {
  const peer = await world.send(proxy, get('/x'));
  const answer = await readAnswer(peer);
  peer.destroy();
  return { status: statusOf(answer), text: textOf(answer) };
}

/** A server without TLS, which does this with each connection. It ends with the test. */
export async function plainServer(world: World, script: (socket: net.Socket) => unknown): Promise<Place> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    script(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  world.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { kind: 'tcp', host: '127.0.0.1', port: (server.address() as net.AddressInfo).port };
}
