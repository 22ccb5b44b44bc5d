import assert from 'node:assert/strict';

import { readHostName } from '../../src/control/config/host-name.ts';
import { readHostPattern } from '../../src/control/config/host-pattern.ts';
import { readListenAddress } from '../../src/control/config/listen-address.ts';
import { readNameServer } from '../../src/control/config/network.ts';
import { readDestinationUrl } from '../../src/control/config/server-url.ts';
import { parseHosts } from '../../src/control/names/parse-hosts.ts';
import { parseAuthority } from '../../src/wire/authority.ts';
import { isAddress } from '../../src/core/ip.ts';
import { plainTarget, type Target } from '../engine/target.ts';
import { outcomeOf } from './outcome.ts';

const about = {
  name: 'hosts',
  about: 'a host is read as a browser reads it, and what was read is read the same again',
  seeds: () => [
    'a.test',
    'A.Test.:8080',
    '[2001:DB8::1]:443',
    '127.0.0.1:80',
    '*.a.test',
    'unix:/run/x.sock',
    'http://a.test:8080/x/',
    '10.0.0.1 a b.test # c',
  ],
  words: [
    ...[
      '.',
      '..',
      ':',
      ':0',
      ':80',
      ':65535',
      ':65536',
      ':080',
      '[',
      ']',
      '[::1]',
      '::',
      '%',
      '%25eth0',
      '@',
      'user@',
      '_',
      '-',
      '*',
      '*.',
    ],
    ...[
      '127.1',
      '0x7f.1',
      '1.2.3.4',
      '::ffff:1.2.3.4',
      'xn--',
      '\xe4',
      ' ',
      '/',
      '\\',
      '#',
      '?',
      'localhost',
      'unix:',
      'http://',
      'https://',
      '\n',
    ],
  ],
};

export const hosts: Target = plainTarget(about, (input) => {
  const text = input.toString('latin1');
  checkAuthority(text);
  for (const read of [readHostName, readHostPattern, readListenAddress, readNameServer, readDestinationUrl]) {
    const reading = read(text);
    if (!reading.ok) assert.ok(reading.what !== '' && reading.remedy !== '', 'a refusal without words');
  }
  const name = readHostName(text);
  if (name.ok) assert.deepEqual(readHostName(name.value), name, 'what was read is read otherwise');
  for (const addresses of parseHosts(text).values()) for (const address of addresses) assert.ok(isAddress(address));
});

function checkAuthority(text: string): void {
  const result = outcomeOf(() => parseAuthority(text));
  if ('code' in result) return;
  const { host, port } = result.value;
  const shown = (host.includes(':') ? `[${host}]` : host) + (port === undefined ? '' : `:${port}`);
  assert.deepEqual(parseAuthority(shown), result.value, 'what was read is read otherwise');
  assert.ok(port === undefined || (port >= 1 && port <= 65_535), 'a port that is none');
  if (!URL.canParse(`http://${text}/`)) return;
  const url = new URL(`http://${text}/`);
  assert.equal(url.username + url.password, '', 'a user name');
  assert.equal(Number(url.port || 80), port ?? 80, 'port');
  // Browsers spell numbers and IPv6 in their own way.
  if (/^[\d.]|0x/i.test(host) || host.includes(':') || /(^|\.)xn--/.test(host)) return;
  assert.equal(url.hostname.replace(/\.$/, ''), host, 'host');
}
