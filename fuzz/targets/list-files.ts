import assert from 'node:assert/strict';

import ipaddr from 'ipaddr.js';

import { basicAuthSchema } from '../../src/control/config/middleware/basic-auth.ts';
import { ipFilterSchema } from '../../src/control/config/middleware/ip-filter.ts';
import { linesOf } from '../../src/control/config/middleware/list-file.ts';
import type { ResolveEnv } from '../../src/control/config/middleware/feature-schema.ts';
import { AddressSwitch } from '../../src/proxy/middleware/ip-filter/address-switch.ts';
import type { BasicAuthConfig, IpFilterConfig } from '../../src/proxy/index.ts';
import { plainTarget, type Target } from '../engine/target.ts';

const hash = '$2y$10$Bj8ZxZb0CmtGSwSbQ5j0meXm7WhFu6Fxqo4u2k8vGk8Oa6CBGXjWq';

const about = {
  name: 'list-files',
  about:
    'files of passwords and addresses are taken or refused at a line, no hash is shown, and lists say what ipaddr.js says',
  seeds: () => [
    `anna:${hash}\n# comment\nbob:{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=\n`,
    '\xef\xbb\xbfcarl:$apr1$salt$abcdefghijklmnopqrstuv\r\n\r\nx:plain\n',
    '10.0.0.0/8 # inside\n10.9.0.0/16\n\n2001:db8::/32\n192.0.2.1\n',
    '0.0.0.0/0\n::/0\n1.2.3.4/31\n',
  ],
  words: [
    ...[
      '\n',
      '\r\n',
      '\r',
      '#',
      ':',
      ' ',
      '\t',
      '\0',
      '\xef\xbb\xbf',
      '\xff',
      hash,
      '{SHA}',
      '$apr1$',
      '$2y$',
      '$argon2id$v=19$m=65536,t=3,p=4$',
      'anna',
    ],
    ...[
      '10.0.0.0/8',
      '/0',
      '/32',
      '/128',
      '::/0',
      '::1',
      '::ffff:0:0/96',
      '0.0.0.0',
      '255.255.255.255',
      'fe80::%1',
      '128.0.0.0/1',
      '8000::/1',
    ],
  ],
};

export const listFiles: Target = plainTarget(about, (input) => {
  checkLines(input);
  checkPasswords(input);
  checkAddresses(input);
});

function checkLines(input: Buffer): void {
  const count = input.toString('utf8').split('\n').length;
  for (const comments of ['anywhere', 'whole lines'] as const) {
    let last = 0;
    for (const { line, content } of linesOf(input, comments)) {
      assert.ok(line > last && line <= count && content !== '' && !content.includes('\n'), 'an odd line');
      last = line;
    }
  }
}

function checkPasswords(input: Buffer): void {
  const said: string[] = [];
  const written = { realm: 'x', htpasswd: 'users', header: 'X-User', forwardAuthorization: false, cache: 0 };
  const read = basicAuthSchema.resolve!(written, envOf(input, said)) as BasicAuthConfig | undefined;
  if (read === undefined) assert.ok(said.length > 0, 'refused without words');
  for (const secret of secretsOf(input.toString('utf8'))) {
    for (const words of said) assert.ok(!words.includes(secret), 'what stands behind a colon is shown');
  }
  const names = read?.users.map(({ name }) => name) ?? [];
  assert.equal(new Set(names).size, names.length, 'a user twice');
}

/** What stands behind colons and nowhere else; long enough that it is in no other words. */
function secretsOf(text: string): string[] {
  const pairs = text
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf(':') + 1), line.slice(line.indexOf(':') + 1).trim()]);
  const names = pairs.map(([name]) => name).join('\n');
  return pairs.flatMap(([, secret = '']) => (secret.length > 24 && !names.includes(secret) ? [secret] : []));
}

function checkAddresses(input: Buffer): void {
  const said: string[] = [];
  const lists = { allow: [{ file: 'a' }], deny: undefined } as unknown as Parameters<
    NonNullable<typeof ipFilterSchema.resolve>
  >[0];
  const read = ipFilterSchema.resolve!(lists, envOf(input, said)) as IpFilterConfig | undefined;
  if (read === undefined) return assert.ok(said.length > 0, 'refused without words');
  // In order and one after the other, or a search in them finds nothing.
  const decide = new AddressSwitch(read.addresses);
  const networks = [...linesOf(input)].map(({ content }) => content);
  for (const address of [
    '10.9.1.1',
    '192.0.2.1',
    '0.0.0.0',
    '255.255.255.255',
    '1.2.3.4',
    '::1',
    '2001:db8::5',
    '8000::',
  ]) {
    const inside = networks.some((network) => isWithin(address, network));
    assert.equal(decide.of(address), inside, `${address} in ${networks.join(' ')}`);
  }
}

function isWithin(address: string, network: string): boolean {
  const [base = '', bits] = network.split('/');
  const [one, first] = [
    ipaddr.process(address),
    ipaddr.process(new URL(base.includes(':') ? `http://[${base}]` : `http://${base}`).hostname.replace(/[[\]]/g, '')),
  ];
  return (
    one.kind() === first.kind() &&
    one.match(first, bits === undefined ? (one.kind() === 'ipv4' ? 32 : 128) : Number(bits))
  );
}

function envOf(bytes: Buffer, said: string[]): ResolveEnv {
  const env = {
    path: ['x'],
    files: { read: () => ({ path: '/a', bytes, stats: { mode: 0o600 } }) },
    problems: {
      add: ({ message, remedy }: { message: string; remedy: string }) => void said.push(`${message} ${remedy}`),
      show: () => '"a"',
    },
  };
  return env as unknown as ResolveEnv;
}
