/** Servers that DNS names come and go while requests go on. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Answer } from 'dns-packet';

import { ownDns, srv, type Zone } from '../../src/control/names/fixtures.test.ts';
import { addressOf, endsWell, folderFor, origin, start, until } from '../cli/command.ts';
import { needing } from '../harness/peers/needing.ts';

const { test } = needing();

const record = '_http._tcp.app.test';

function portOf(url: string): string {
  return new URL(url).port;
}

test('SRV records are servers with their ports and priorities, and a change of them fails no request', async (t) => {
  const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((name) => origin(t, name)));
  const here: Answer = { type: 'A', name: 'host.test', ttl: 300, data: '127.0.0.1' };
  const recordOf = (priority: number, { url }: { readonly url: string }) =>
    srv(record, `${priority} 10 ${portOf(url)} host.test`);
  const zone: Zone = new Map([
    ['A host.test', [here]],
    [`SRV ${record}`, [recordOf(1, a!), recordOf(2, b!)]],
  ]);
  const dns = await ownDns(t, zone);
  const cwd = folderFor(t);
  writeFileSync(
    join(cwd, 'postern.yaml'),
    `listeners: { web: { address: "127.0.0.1:0" } }
admin: { socket: ctl.sock }
threads: 2
dns: { servers: ["${dns.server}"], hostsFile: /dev/null }
routes: [{ to: app }]
pools: { app: { servers: ["srv+http://${record}"] } }
`,
  );
  const running = start(t, ['run'], { cwd });
  const url = await addressOf(running);
  let bad = 0;
  const ask = async (): Promise<string> => {
    const response = await fetch(url, { headers: { connection: 'close' } });
    if (response.status !== 200) bad += 1;
    return (await response.text()).slice(0, 1);
  };
  const only = async (...names: readonly string[]): Promise<true | undefined> => {
    const found = new Set<string>();
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    for (let i = 0; i < 8; i++) found.add(await ask());
    return names.length === found.size && names.every((name) => found.has(name)) ? true : undefined;
  };
  assert.equal(await only('a'), true, 'the other one is a backup');

  zone.set(`SRV ${record}`, [recordOf(1, a!), recordOf(1, c!)]);
  await until(
    () => only('a', 'c'),
    () => `both of priority 1: ${running.stderr()}`,
  );
  zone.set(`SRV ${record}`, [recordOf(5, b!)]);
  await until(
    () => only('b'),
    () => `the last one alone: ${running.stderr()}`,
  );
  const before = dns.asked.length;
  zone.set(`SRV ${record}`, 'servfail');
  await until(
    () => dns.asked.length > before || undefined,
    () => 'another question',
  );
  assert.equal(await only('b'), true, 'what is known stays');
  assert.equal(bad, 0);
  await running.said(/"event":"server-added"/);
  await running.said(/"event":"server-removed"/);
  running.child.kill('SIGTERM');
  await endsWell(running);
});
