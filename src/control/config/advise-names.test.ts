import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { HostAnswer, HostLookup } from '../names/host-lookup.ts';
import type { ConfigProblem } from './config-problem.ts';
import { readConfigText } from './load-config.ts';

/** Answers from a table, and counts. */
class Table implements HostLookup {
  readonly #answers: Readonly<Record<string, HostAnswer>>;
  readonly asked: string[] = [];
  servers: readonly string[] | undefined;
  most = 0;
  #now = 0;

  constructor(answers: Readonly<Record<string, HostAnswer>>) {
    this.#answers = answers;
  }

  async lookup(name: string): Promise<HostAnswer> {
    this.asked.push(name);
    this.most = Math.max(this.most, ++this.#now);
    await new Promise((done) => setImmediate(done));
    this.#now--;
    return this.#answers[name] ?? { kind: 'absent' };
  }

  ownAddresses(): readonly string[] {
    return ['192.0.2.1', '2001:db8::1'];
  }

  close(): void {}
}

async function warningsOf(routes: string, table: Table): Promise<readonly ConfigProblem[]> {
  const yaml = `listeners: { web: { address: ":80" } }\ndns: { servers: ["192.0.2.53"] }\nroutes:\n${routes}`;
  const environment = { HOST: 'hidden.example' };
  const hostLookup = (servers: readonly string[] | undefined): HostLookup => {
    table.servers = servers;
    return table;
  };
  const result = await readConfigText(yaml, 'postern.yaml', { environment, instance: '', hostLookup });
  assert.ok(result.ok, JSON.stringify(result));
  return result.warnings;
}

test('hosts that lead elsewhere, or nowhere, are warned of where they stand', async () => {
  const table = new Table({
    'here.example': { kind: 'addresses', addresses: ['192.0.2.1'] },
    'both.example': { kind: 'addresses', addresses: ['203.0.113.9', '2001:db8::1'] },
    'there.example': { kind: 'addresses', addresses: ['203.0.113.5'] },
    'unsure.example': { kind: 'unknown', why: 'the DNS server failed' },
  });
  const found = await warningsOf(
    `  - { host: here.example, to: http://10.0.0.1 }
  - { host: [both.example, there.example], to: http://10.0.0.1 }
  - { host: gone.example, to: http://10.0.0.1 }
  - { host: unsure.example, to: http://10.0.0.1 }
  - { host: gone.example, path: /a/, to: http://10.0.0.1 }
  - { host: ["*.example", 192.0.2.7, localhost], to: http://10.0.0.1 }
`,
    table,
  );
  assert.deepEqual(
    found.map(({ path, line, message }) => `${line} ${path}: ${message}`),
    [
      '5 routes[1].host[1]: The host "there.example" leads to 203.0.113.5, which is no address of this machine',
      '6 routes[2].host: The host "gone.example" has no address in DNS: nobody finds it by this name',
      '7 routes[3].host: It is not known where the host "unsure.example" leads: the DNS server failed',
    ],
  );
  assert.deepEqual(table.asked.length, 5, 'each once, and no wildcard, address or local name');
  assert.deepEqual(table.servers, ['192.0.2.53:53']);
});

test('a host from a secret is asked for, and neither it nor its address is shown', async () => {
  const table = new Table({ 'hidden.example': { kind: 'addresses', addresses: ['203.0.113.5'] } });
  const found = await warningsOf('  - { host: "${HOST}", to: http://10.0.0.1 }\n', table);
  assert.equal(found.length, 1);
  assert.equal(found[0]!.message, 'The host "***" leads to an address, which is no address of this machine');
});

test('many hosts are asked for 20 at once, and spoken of ten at a time', async () => {
  const table = new Table({});
  const routes = Array.from({ length: 200 }, (_, i) => `  - { host: h${i}.example, to: http://10.0.0.1 }\n`);
  const found = await warningsOf(routes.join(''), table);
  assert.equal(table.asked.length, 200);
  assert.equal(table.most, 20);
  assert.equal(found.length, 10);
  assert.match(found[9]!.message, /and so it is with 190 others$/);
});

test('answers that do not come are given up after 5 s', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const waiting: (() => void)[] = [];
  const table = new (class extends Table {
    override lookup(name: string): Promise<HostAnswer> {
      this.asked.push(name);
      return new Promise((done) =>
        waiting.push(() => done({ kind: 'unknown', why: 'no DNS server answered in time' })),
      );
    }
    override close(): void {
      waiting.splice(0).forEach((end) => end());
    }
  })({});
  const routes = Array.from({ length: 30 }, (_, i) => `  - { host: h${i}.example, to: http://10.0.0.1 }\n`);
  const pending = warningsOf(routes.join(''), table);
  // oxlint-disable-next-line no-await-in-loop -- one turn of the loop after the other
  for (let i = 0; i < 1000 && waiting.length < 20; i++) await new Promise((done) => setImmediate(done));
  t.mock.timers.tick(5000);
  const found = await pending;
  assert.equal(table.asked.length, 20);
  assert.match(found[0]!.message, /no DNS server answered in time$/);
});
