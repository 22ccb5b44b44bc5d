import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { ServerPlan } from '../../proxy/index.ts';
import { mostFound, serversAt, serversOfRecords } from './found-servers.ts';

const template: ServerPlan = {
  name: 'http://app.test:8080',
  address: { kind: 'tcp', host: 'app.test', port: 8080 },
  secure: false,
  hostHeader: 'app.test:8080',
  weight: 3,
  group: 1,
  resolve: 'addresses',
};

test('each address of a name is a server with what the config says of the name', () => {
  assert.deepEqual(serversAt(template, ['10.0.0.5', 'fd00::5']), [
    {
      name: 'http://10.0.0.5:8080',
      address: { kind: 'tcp', host: '10.0.0.5', port: 8080 },
      secure: false,
      hostHeader: 'app.test:8080',
      weight: 3,
      group: 1,
    },
    {
      name: 'http://[fd00::5]:8080',
      address: { kind: 'tcp', host: 'fd00::5', port: 8080 },
      secure: false,
      hostHeader: 'app.test:8080',
      weight: 3,
      group: 1,
    },
  ]);
});

test('by TLS the certificate is for the name, not for the address', () => {
  const [server] = serversAt({ ...template, secure: true }, ['10.0.0.5']);
  assert.equal(server?.serverName, 'app.test');
  assert.equal(server?.name, 'https://10.0.0.5:8080');
});

test('SRV records have ports, weights and groups by their priorities', () => {
  const found = serversOfRecords({ ...template, group: 0 }, ['10 5 81 a.test', '20 0 82 b.test', '10 1 83 c.test']);
  assert.deepEqual(
    found.map(({ name, weight, group }) => [name, weight, group]),
    [
      ['http://a.test:81', 5, 0],
      ['http://b.test:82', 1, 1],
      ['http://c.test:83', 1, 0],
    ],
  );
});

test('weights beyond those of the config keep their proportions', () => {
  const found = serversOfRecords(template, ['1 65535 80 a.test', '1 32768 80 b.test', '1 1 80 c.test']);
  assert.deepEqual(
    found.map(({ weight }) => weight),
    [256, 128, 1],
  );
});

test('what is no server is left out, and there is a bound', () => {
  assert.deepEqual(serversOfRecords(template, ['1 1 0 a.test', '1 1 80 -bad-.test', '1 1 80 a/b']), []);
  const many = Array.from({ length: 1000 }, (_, i) => `10.0.${i >> 8}.${i & 255}`);
  assert.equal(serversAt(template, many).length, mostFound);
});
