// etcd behind the proxy, asked by etcdctl: a server and a client of gRPC in Go.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import path from 'node:path';

import { issue, makeCa, tlsPlan, type Issued, type TestCa } from '../harness/certificates.ts';
import { grpcProxy } from '../harness/grpc-site.ts';
import { needing } from '../harness/peers/needing.ts';
import { freePort } from '../harness/free-port.ts';
import { findProgram, startServer } from '../harness/peers/programs.ts';
import type { World } from '../harness/proxy-test.ts';
import type { ProxyUnderTest } from '../harness/proxy-under-test.ts';
import { folderOfFile } from '../harness/tls-clients.ts';
import { patienceMs, until } from '../harness/until.ts';

const { proxyTest, before } = needing('etcd', 'etcdctl', 'openssl');

const folder = folderOfFile();
const tls: { ca?: TestCa; cert?: Issued } = {};
before(async () => {
  tls.ca = await makeCa(folder);
  tls.cert = await issue(tls.ca, { names: ['127.0.0.1'] });
});

/** etcd behind a proxy, and what etcdctl is to be told to reach it. */
class Etcd {
  readonly proxy: ProxyUnderTest;
  readonly #args: readonly string[];

  constructor(proxy: ProxyUnderTest, args: readonly string[]) {
    this.proxy = proxy;
    this.#args = args;
  }

  static async start(world: World, secure: boolean): Promise<Etcd> {
    const [port, peers] = [await freePort(), await freePort()];
    const scheme = secure ? 'https' : 'http';
    const at = `${scheme}://127.0.0.1:${port}`;
    const peer = `http://127.0.0.1:${peers}`;
    const place = ['--data-dir', path.join(await world.folder(), 'etcd'), '--name', 'one', '--log-level', 'error'];
    const urls = ['--listen-client-urls', at, '--advertise-client-urls', at, '--listen-peer-urls', peer];
    const cluster = [
      '--initial-advertise-peer-urls',
      peer,
      '--initial-cluster',
      `one=${peer}`,
      '--max-txn-ops',
      '2000',
    ];
    const certificate = secure ? ['--cert-file', tls.cert!.certFile, '--key-file', tls.cert!.keyFile] : [];
    await startServer(world, 'etcd', [...place, ...urls, ...cluster, ...certificate], port);
    const server = { kind: 'tcp', host: '127.0.0.1', port } as const;
    if (!secure) {
      const plain = await grpcProxy(world, {}, [server]);
      // With `http://` some calls of etcdctl 3.4 say `:authority: http://...`, which is no authority.
      return new Etcd(plain, [`--endpoints=${plain.authority}`]);
    }
    const pool = { secure: true, tls: { ca: tls.ca!.cert, serverName: '127.0.0.1' } };
    const proxy = await grpcProxy(world, { pool, plan: { tls: tlsPlan([tls.cert!]) } }, [server]);
    return new Etcd(proxy, [`--endpoints=https://${proxy.authority}`, `--cacert=${tls.ca!.certFile}`]);
  }

  /** Runs etcdctl to its end. @returns what it wrote. */
  async ctl(args: readonly string[], input = ''): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const options = { timeout: patienceMs, maxBuffer: 64e6, env: environment() };
    const child = execFile(findProgram('etcdctl')!, [...this.#args, ...args], options, (error, stdout, stderr) => {
      if (error) reject(new Error(`etcdctl ${args.join(' ')}: ${stdout}${stderr}`));
      else resolve(stdout);
    });
    child.stdin!.on('error', () => {});
    child.stdin!.end(input);
    return await promise;
  }

  /** Starts an etcdctl that goes on. @returns what it has written so far. */
  begin(world: World, args: readonly string[]): () => string {
    const child = spawn(findProgram('etcdctl')!, [...this.#args, ...args], { env: environment(), stdio: 'pipe' });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const over = new Promise<void>((resolve) => void child.on('close', () => resolve()));
    world.after(async () => {
      child.kill('SIGKILL');
      await over;
    });
    return () => text;
  }
}

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, ETCDCTL_API: '3' };
}

for (const secure of [false, true]) {
  proxyTest(`etcdctl gets on with etcd ${secure ? 'by TLS' : 'without TLS'}`, async (world) => {
    const etcd = await Etcd.start(world, secure);
    assert.match(await etcd.ctl(['put', 'a', 'one']), /^OK/);
    assert.equal(await etcd.ctl(['get', 'a']), 'a\none\n');
    await assert.rejects(etcd.ctl(['put', '--lease=7777', 'a', 'two']), /requested lease not found/);

    const watched = etcd.begin(world, ['watch', '--prefix', 'w/']);
    const grant = await etcd.ctl(['lease', 'grant', '4']);
    const lease = /lease (\w+) granted/.exec(grant)![1]!;
    const kept = etcd.begin(world, ['lease', 'keep-alive', lease]);
    await until('a lease that is kept alive', () => kept().split('keepalived').length > 3);
    // A watch says nothing before it has begun, so what it is to see is said again and again.
    let n = 0;
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    while (n < 200 && !watched().includes('PUT')) await etcd.ctl(['put', 'w/first', String(n++)]);
    await until('the first event', () => watched().includes('PUT'));
    for (let i = 0; i < 5; i++) {
      // oxlint-disable-next-line no-await-in-loop -- in their order
      await etcd.ctl(['put', `w/${i}`, `value ${i}`]);
    }
    await until('all events', () => watched().includes('w/4\nvalue 4'));

    // 1000 keys in one transaction: a message of 1.2 MB, answered by one.
    const puts = Array.from({ length: 1000 }, (_, i) => `put big/${i} ${'x'.repeat(1200)}`).join('\n');
    assert.match(await etcd.ctl(['txn'], `\n${puts}\n\n\n`), /^SUCCESS/m);
    const all = await etcd.ctl(['get', '--prefix', 'big/', '--print-value-only']);
    assert.equal(all.split('\n').filter((line) => line.length === 1200).length, 1000);
    assert.match(await etcd.ctl(['endpoint', 'status']), /, 3\.\d+\.\d+, /);
    etcd.proxy.expectLine({ path: '/etcdserverpb.KV/Txn', status: 200, grpcStatus: 0 });
  });
}
