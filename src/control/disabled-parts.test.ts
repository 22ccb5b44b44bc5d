import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { LoadedConfig } from './config/load-result.ts';
import { allDisabled, disabledText } from './disabled-parts.ts';
import type { NameStatus } from './names/name-resolver.ts';

function server(host: string): object {
  return { name: host, address: { kind: 'tcp', host, port: 80 } };
}

function config(more: object = {}): LoadedConfig {
  const routes = [
    { name: 'shop', pool: 'shop', disabled: { reason: 'no passwords' } },
    { name: 'wiki', pool: 'wiki', disabled: undefined },
    { name: 'files', pool: undefined, disabled: undefined },
    { name: 'mixed', pool: 'mixed', disabled: undefined },
  ];
  const pools = [
    { name: 'shop', servers: [server('gone.test')] },
    { name: 'wiki', servers: [server('gone.test'), server('lost.test')] },
    { name: 'mixed', servers: [server('gone.test'), server('127.0.0.1')] },
  ];
  return { plan: { listeners: [], routes, pools }, ...more } as unknown as LoadedConfig;
}

function name(of: string, failure: string | undefined, ...addresses: string[]): NameStatus {
  return { name: of, addresses, source: 'dns', failure };
}

test('allDisabled() has the routes that lack a file, and those of which no server has an address', () => {
  const names = [name('gone.test', 'no gone.test'), name('lost.test', 'no lost.test')];
  assert.deepEqual(allDisabled(config(), names), [
    { kind: 'route', name: 'shop', reason: 'no passwords' },
    { kind: 'route', name: 'wiki', reason: 'no gone.test, no lost.test' },
  ]);
});

test('a name that has addresses disables nothing, however long DNS fails, nor one that was not answered yet', () => {
  const routes = (...names: NameStatus[]): string[] => allDisabled(config(), names).map((part) => part.name);
  assert.deepEqual(routes(name('gone.test', 'down', '10.0.0.1'), name('lost.test', 'down')), ['shop']);
  assert.deepEqual(routes(name('gone.test', undefined), name('lost.test', 'down')), ['shop']);
});

test('a listener without a certificate is one part, and a certificate beside others is another', () => {
  const tls = {
    lost: [
      { listener: 'safe', at: 0, name: 'a.pem', reason: 'Cannot read a.pem', kept: false },
      { listener: 'web', at: 1, name: 'b.pem', reason: 'Cannot read b.pem', kept: false },
      { listener: 'web', at: 2, name: 'c.pem', reason: 'Cannot read c.pem', kept: true },
    ],
  };
  const parts = allDisabled(config({ tls, closed: [{ name: 'safe' }] }), []).slice(1);
  assert.deepEqual(
    parts.map(({ kind, name: of, reason }) => `${kind} ${of}: ${reason}`),
    [
      'listener safe: it stays closed without a certificate: Cannot read a.pem',
      'certificate b.pem: Cannot read b.pem; on the listener "web" the others are used',
      'certificate c.pem: Cannot read c.pem; on the listener "web" what was in force stays so',
    ],
  );
});

test('disabledText() counts each kind, and names the first few', () => {
  const route = (of: string): { kind: 'route'; name: string; reason: string } => ({
    kind: 'route',
    name: of,
    reason: '',
  });
  assert.equal(disabledText([route('a')]), '1 route disabled: a');
  const many = [...'abcdef'].map(route);
  assert.equal(
    disabledText([...many, { kind: 'listener', name: 'safe', reason: '' }]),
    '6 routes, 1 listener disabled: a, b, c, d, e and 2 others',
  );
});
