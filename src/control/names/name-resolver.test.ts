import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { decode, encode, type Answer } from 'dns-packet';

import { systemClock } from '../../core/clock.ts';
import type { NameUpdate } from '../../proxy/index.ts';
import { SystemDns } from './dns-lookup.ts';
import { HostsFile } from './hosts-file.ts';
import { NameResolver } from './name-resolver.ts';

/** A DNS server of our own: `records` says what it answers, by `A name` or `AAAA name`; 'silent' answers nothing. */
interface FakeDns {
  readonly server: string;
  readonly records: Map<string, { addresses: string[]; ttl: number } | 'silent' | 'servfail'>;
  readonly asked: string[];
  close(): void;
}

async function fakeDns(t: TestContext): Promise<FakeDns> {
  const socket = createSocket('udp4');
  const records: FakeDns['records'] = new Map();
  const asked: string[] = [];
  socket.on('message', (bytes, peer) => {
    const query = decode(bytes);
    const { name, type } = query.questions![0]!;
    asked.push(`${type} ${name}`);
    const found = records.get(`${type} ${name}`);
    if (found === 'silent') return;
    const known = [...records.keys()].some((key) => key.endsWith(` ${name}`));
    const rcode = found === 'servfail' ? 2 : known ? 0 : 3;
    const list = typeof found === 'object' ? found : { addresses: [], ttl: 0 };
    const answers = list.addresses.map((data) => ({ name, type, ttl: list.ttl, data }) as Answer);
    socket.send(
      encode({ type: 'response', id: query.id!, flags: 0x8180 | rcode, questions: query.questions!, answers }),
      peer.port,
      peer.address,
    );
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  let open = true;
  const close = (): void => {
    if (open) socket.close();
    open = false;
  };
  t.after(close);
  return { server: `127.0.0.1:${socket.address().port}`, records, asked, close };
}

interface Harness {
  readonly resolver: NameResolver;
  readonly pushed: Map<string, readonly string[]>;
  readonly batches: (readonly NameUpdate[])[];
  readonly lines: string[];
  readonly hostsPath: string;
}

async function harness(t: TestContext, servers: readonly string[]): Promise<Harness> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-names-'));
  const hostsPath = join(folder, 'hosts');
  const pushed = new Map<string, readonly string[]>();
  const batches: (readonly NameUpdate[])[] = [];
  const lines: string[] = [];
  const note = (message: string): void => void lines.push(message);
  const resolver = new NameResolver({
    sources: { dns: new SystemDns(servers), hosts: new HostsFile(hostsPath) },
    clock: systemClock,
    log: { debug: () => {}, info: note, warn: note, error: note },
    push: async (updates) => {
      batches.push(updates);
      for (const { name, addresses } of updates) pushed.set(name, addresses);
    },
    times: { minTtlMs: 50, maxTtlMs: 300_000, minRetryMs: 50, maxRetryMs: 100 },
    looks: { dueMs: 20, hostsMs: 0 },
  });
  t.after(async () => {
    resolver.stop();
    await rm(folder, { recursive: true });
  });
  return { resolver, pushed, batches, lines, hostsPath };
}

async function until(what: () => boolean, message: string): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if (what()) return;
    await pause(20);
  }
  assert.fail(`never came: ${message}`);
}

test('watch() resolves both families by DNS and asks again when the time to live ends', async (t) => {
  const dns = await fakeDns(t);
  dns.records.set('A app.test', { addresses: ['192.0.2.1'], ttl: 0 });
  dns.records.set('AAAA app.test', { addresses: ['2001:db8::1'], ttl: 300 });
  const { resolver, pushed, batches } = await harness(t, [dns.server]);
  await resolver.watch(['app.test'], 5000);
  assert.deepEqual(pushed.get('app.test'), ['2001:db8::1', '192.0.2.1']);
  assert.equal(batches.length, 1);

  dns.records.set('A app.test', { addresses: ['192.0.2.2'], ttl: 0 });
  await until(() => pushed.get('app.test')?.includes('192.0.2.2') === true, 'the new address');
  assert.deepEqual(pushed.get('app.test'), ['2001:db8::1', '192.0.2.2']);
});

test('what did not change is not pushed again', async (t) => {
  const dns = await fakeDns(t);
  dns.records.set('A app.test', { addresses: ['192.0.2.1', '192.0.2.2'], ttl: 0 });
  const { resolver, batches } = await harness(t, [dns.server]);
  await resolver.watch(['app.test'], 5000);
  dns.records.set('A app.test', { addresses: ['192.0.2.2', '192.0.2.1'], ttl: 0 });
  const before = dns.asked.length;
  await until(() => dns.asked.length >= before + 6, 'more questions');
  assert.equal(batches.length, 1);
});

test('a failing DNS server takes nothing away, says so once, and is told when it is over', async (t) => {
  const dns = await fakeDns(t);
  dns.records.set('A app.test', { addresses: ['192.0.2.1'], ttl: 0 });
  const { resolver, pushed, lines } = await harness(t, [dns.server]);
  await resolver.watch(['app.test'], 5000);
  dns.records.set('A app.test', 'servfail');
  dns.records.set('AAAA app.test', 'servfail');
  const before = dns.asked.length;
  await until(() => dns.asked.length >= before + 8, 'more questions');
  await until(() => lines.length > 0, 'the warning');
  assert.deepEqual(lines, [
    'Cannot resolve app.test: the DNS server failed; its last known addresses stay in use: 192.0.2.1',
  ]);
  assert.deepEqual(pushed.get('app.test'), ['192.0.2.1']);
  dns.records.set('A app.test', { addresses: ['192.0.2.5'], ttl: 300 });
  await until(() => pushed.get('app.test')?.[0] === '192.0.2.5', 'the recovery');
  assert.equal(lines[1], 'app.test resolves again');
});

test('a name that does not exist has no addresses and is warned of once', async (t) => {
  const dns = await fakeDns(t);
  const { resolver, pushed, lines } = await harness(t, [dns.server]);
  await resolver.watch(['gone.test'], 5000);
  assert.deepEqual(pushed.get('gone.test'), []);
  await until(() => dns.asked.length >= 6, 'more questions');
  assert.deepEqual(lines, ['Cannot resolve gone.test: there is no such name; requests to it fail until it resolves']);
  assert.deepEqual(resolver.status, [
    { name: 'gone.test', addresses: [], source: 'dns', failure: 'Cannot resolve gone.test: there is no such name' },
  ]);
});

test('a DNS server that never answers to AAAA does not hold up the A', async (t) => {
  const dns = await fakeDns(t);
  dns.records.set('A app.test', { addresses: ['192.0.2.1'], ttl: 300 });
  dns.records.set('AAAA app.test', 'silent');
  const { resolver, pushed } = await harness(t, [dns.server]);
  await resolver.watch(['app.test'], 4000);
  assert.deepEqual(pushed.get('app.test'), ['192.0.2.1']);
});

test('watch() does not wait longer than it was told', async (t) => {
  const dns = await fakeDns(t);
  dns.records.set('A app.test', 'silent');
  dns.records.set('AAAA app.test', 'silent');
  const { resolver, pushed } = await harness(t, [dns.server]);
  await resolver.watch(['app.test'], 50);
  assert.equal(pushed.size, 0);
});

test('the hosts file comes first, and is read again when it changed', async (t) => {
  const dns = await fakeDns(t);
  dns.records.set('A app.test', { addresses: ['192.0.2.1'], ttl: 300 });
  const { resolver, pushed, hostsPath } = await harness(t, [dns.server]);
  await writeFile(hostsPath, '192.0.2.77 App.test\n');
  await resolver.watch(['app.test'], 5000);
  assert.deepEqual(pushed.get('app.test'), ['192.0.2.77']);
  assert.deepEqual(dns.asked, []);
  await writeFile(hostsPath, '192.0.2.78 app.test\n');
  await until(() => pushed.get('app.test')?.[0] === '192.0.2.78', 'the new line');
  await writeFile(hostsPath, '# nothing\n');
  await until(() => pushed.get('app.test')?.[0] === '192.0.2.1', "DNS's address");
});

test('localhost is loopback whatever the hosts file says, and is never asked for', async (t) => {
  const dns = await fakeDns(t);
  const { resolver, pushed, hostsPath } = await harness(t, [dns.server]);
  await writeFile(hostsPath, '192.0.2.77 localhost\n');
  await resolver.watch(['localhost', 'app.localhost'], 5000);
  assert.deepEqual(pushed.get('localhost'), ['127.0.0.1', '::1']);
  assert.deepEqual(pushed.get('app.localhost'), ['127.0.0.1', '::1']);
  assert.deepEqual(dns.asked, []);
});

test('many names are all resolved, and a name that is no longer watched is asked for no more', async (t) => {
  const dns = await fakeDns(t);
  const names = Array.from({ length: 40 }, (_, i) => `n${i}.test`);
  names.forEach((name, i) => dns.records.set(`A ${name}`, { addresses: [`192.0.2.${i}`], ttl: 0 }));
  const { resolver, pushed } = await harness(t, [dns.server]);
  await resolver.watch(names, 10_000);
  assert.equal(pushed.size, 40);
  await resolver.watch(['n7.test'], 10_000);
  await until(() => dns.asked.slice(-6).every((question) => question.endsWith(' n7.test')), 'only the one name');
});

test('a batch that cannot be taken comes again', async (t) => {
  let refusals = 2;
  const taken: NameUpdate[] = [];
  const resolver = new NameResolver({
    sources: {
      dns: { lookup: async () => ({ ipv4: ['192.0.2.1'], ipv6: [], ttlSeconds: 300 }) },
      hosts: { lookup: () => undefined, refresh: async () => false },
    },
    clock: systemClock,
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    looks: { dueMs: 20, hostsMs: 2000 },
    push: async (updates) => {
      if (refusals-- > 0) throw new Error('not now');
      taken.push(...updates);
    },
  });
  t.after(() => resolver.stop());
  await resolver.watch(['app.test'], 5000);
  assert.deepEqual(taken, [{ name: 'app.test', addresses: ['192.0.2.1'] }]);
});
