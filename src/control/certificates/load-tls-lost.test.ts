import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { issue, makeCa, type Issued, type TestCa } from '../../../test/harness/certificates.ts';
import { needing } from '../../../test/harness/peers/needing.ts';
import { formatProblem } from '../config/config-problem.ts';
import { readConfigText } from '../config/load-config.ts';
import type { LoadedConfig } from '../config/load-result.ts';

const { after, before, test } = needing('openssl');

let folder: string;
let root: TestCa;
let www: Issued;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-lost-tls-'));
  root = await makeCa(folder, 'root');
  www = await issue(root, { names: ['www.example.com'] });
});
after(async () => await rm(folder, { recursive: true }));

async function load(config: unknown): Promise<LoadedConfig> {
  const env = { environment: {}, instance: 'test' };
  const result = await readConfigText(JSON.stringify(config), join(folder, 'x.json'), env);
  assert.ok(result.ok, result.ok ? '' : result.problems.map(formatProblem).join('\n'));
  return result;
}

async function write(name: string, content: string): Promise<string> {
  await writeFile(join(folder, name), content, { mode: 0o600 });
  return name;
}

function secure(certificates: unknown): object {
  return { listeners: { safe: { address: ':443', tls: { certificates } } }, routes: [{ to: 'http://10.0.0.1' }] };
}

test('one certificate of several that is missing leaves the others, and the last one closes the listener', async () => {
  const good = await write('left.pem', www.key + www.cert);
  const some = await load(secure(['absent.pem', good]));
  assert.deepEqual(
    some.plan.listeners[0]!.tls!.certificates.map(({ name }) => name),
    ['left.pem'],
  );
  assert.equal(some.closed, undefined);
  const [lost] = some.tls!.lost!;
  assert.deepEqual([lost!.listener, lost!.at, lost!.name, lost!.kept], ['safe', 0, 'absent.pem', false]);
  const none = await load(secure('absent.pem'));
  assert.deepEqual(none.plan.listeners, [], 'it must not be opened without TLS');
  assert.deepEqual(
    none.closed!.map(({ name, tls }) => [name, tls?.certificates]),
    [['safe', []]],
  );
  assert.deepEqual(none.lacking, [join(folder, 'absent.pem')]);
});

test('where certificates of clients cannot be judged nobody is asked for one, and routes that ask are disabled', async () => {
  const certificates = await write('asking.pem', www.key + www.cert);
  await write('some.pem', root.cert);
  const to = 'http://10.0.0.1';
  const config = {
    listeners: {
      safe: { address: ':443', tls: { certificates, clientCertificates: { ca: 'some.pem', crls: ['gone.crl'] } } },
      web: { address: ':80' },
    },
    routes: [
      { path: '/1', to, clientCertificate: 'require' },
      { path: '/2', to, clientCertificate: 'optional' },
      { path: '/3', to, when: { not: { tls: { clientSubject: 'x' } } } },
      { path: '/4', to },
      { path: '/5', to, when: { any: [{ method: 'GET' }, { tls: { version: '1.3' } }] } },
    ],
  };
  const result = await load(config);
  assert.equal(result.plan.listeners[0]!.tls!.clientCertificates, undefined);
  assert.deepEqual(
    result.plan.routes.map(({ disabled }) => disabled !== undefined),
    [true, true, true, false, false],
  );
  assert.match(result.plan.routes[0]!.disabled!.reason, /Cannot read the revocation list "gone.crl"/);
});
