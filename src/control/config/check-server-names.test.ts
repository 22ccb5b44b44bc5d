import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { HostAnswer, HostLookup } from '../names/host-lookup.ts';
import { readConfigText } from './load-config.ts';

/** What is said of a config with these servers. @param answers by name; others are absent. */
async function said(yaml: string, answers: Readonly<Record<string, HostAnswer>> = {}): Promise<string[]> {
  const lookup: HostLookup = {
    lookup: async (name) => answers[name] ?? { kind: 'absent' },
    ownAddresses: () => [],
    close() {},
  };
  const text = `listeners: { web: { address: ":80" } }\ndns: { hostsFile: /nonexistent/hosts }\n${yaml}`;
  const environment = { HOST: 'hidden.test' };
  const result = await readConfigText(text, 'postern.yaml', { environment, instance: '', hostLookup: () => lookup });
  assert.ok(result.ok, JSON.stringify(result));
  return result.warnings.map(({ severity, path, message }) => `${severity} ${path}: ${message}`);
}

test('a server whose name has no address is an error where it stands, in a pool or in a route', async () => {
  const found = await said(
    `pools: { app: { servers: [http://here.test, http://gone.test] } }
routes: [{ path: /a, to: app }, { path: /b, to: "http://lost.test:81/" }, { path: /c, to: "http://\${HOST}/" }]
`,
    { 'here.test': { kind: 'addresses', addresses: ['10.0.0.1'] } },
  );
  assert.deepEqual(found, [
    'error pools.app.servers[1]: Cannot reach the server "gone.test": its name has no address, in the hosts file or in DNS',
    'error routes[1].to: Cannot reach the server "lost.test": its name has no address, in the hosts file or in DNS',
    'error routes[2].to: Cannot reach this server: its name has no address, in the hosts file or in DNS',
  ]);
});

test('where nobody could tell it is a warning, and addresses and localhost are not asked for', async () => {
  const found = await said(
    'routes: [{ path: /a, to: "http://unsure.test" }, { path: /b, to: "http://localhost:1" }, { to: "http://10.0.0.1" }]',
    { 'unsure.test': { kind: 'unknown', why: 'the DNS server failed' } },
  );
  assert.deepEqual(found, [
    'warning routes[0].to: It is not known where the server "unsure.test" is: the DNS server failed',
  ]);
});
