import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readConfigText } from '../config/load-config.ts';
import type { LoadedConfig } from '../config/load-result.ts';
import { sameConfig } from '../same-config.ts';
import { configChanges } from './config-changes.ts';

async function load(more: string): Promise<LoadedConfig> {
  const text = `listeners: { web: { address: ":80" } }\nroutes: [{ to: http://10.0.0.1 }]\n${more}`;
  const loaded = await readConfigText(text, 'x.yaml', { environment: {}, instance: '' });
  assert.ok(loaded.ok);
  return loaded;
}

void test('every key of the config that makes a difference is named, and a reload takes it for one', async () => {
  const before = await load('');
  const cases: readonly (readonly [string, string])[] = [
    ['grace: 5s', 'grace'],
    ['connections: { total: 5 }', 'connections'],
    ['forwarding: { via: true }', 'forwarding'],
    ['accessLog: false', 'accessLog'],
    ['admin: { listen: "127.0.0.1:2020" }', 'admin'],
    ['log: { level: debug }', 'log'],
    ['watch: true', 'watch'],
    ['threads: 3', 'threads'],
    ['user: postern', 'user'],
    ['dns: { hostsFile: /tmp/hosts }', 'dns'],
  ];
  for (const [more, key] of cases) {
    // oxlint-disable-next-line no-await-in-loop -- small configs
    const after = await load(more);
    assert.deepEqual(configChanges(before, after).settings, [key]);
    assert.equal(sameConfig(before, after), false, key);
  }
  const comment = await load('# a remark\n');
  assert.deepEqual(configChanges(before, comment).settings, []);
  assert.equal(sameConfig(before, comment), true);
});
