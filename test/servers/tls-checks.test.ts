import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

import { connectCheck } from '../../src/control/health/connect-check.ts';
import type { CheckResult } from '../../src/control/health/check-result.ts';
import { httpAsk } from '../../src/control/health/http-ask.ts';
import { answerJudge } from '../../src/control/health/http-check.ts';
import { questionOf, Targets, type Subject } from '../../src/control/health/targets.ts';
import { SecureContexts, type ServerTlsPlan } from '../../src/proxy/index.ts';
import { issue, makeCa } from '../harness/certificates.ts';
import { needing } from '../harness/peers/needing.ts';
import { planOf } from '../harness/plan-of.ts';

const openssl = needing('openssl');

interface Site {
  readonly subject: Subject;
  readonly handshakes: boolean[];
}

async function site(t: TestContext, tls: (ca: string) => Partial<ServerTlsPlan>): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-tls-checks-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const ca = await makeCa(folder);
  const { certFile, keyFile } = await issue(ca, { names: ['app.test'] });
  const handshakes: boolean[] = [];
  const server = https.createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (_, response) => {
    response.end('well');
  });
  server.on('secureConnection', (socket) => void handshakes.push(socket.isSessionReused()));
  server.on('tlsClientError', () => {});
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const place = { kind: 'tcp', host: '127.0.0.1', port: (server.address() as AddressInfo).port } as const;
  const spec = { servers: [place], pool: { secure: true, tls: tls(readFileSync(ca.certFile, 'utf8')) } };
  const [pool] = planOf(spec, '').pools;
  return { subject: { pool: pool!, server: pool!.servers[0]! }, handshakes };
}

function targetsOf(subject: Subject): Targets {
  const env = { addressesOf: () => [], contexts: new SecureContexts() };
  return new Targets(env, subject, { place: { address: undefined, port: undefined }, secure: true, timeoutMs: 5000 });
}

async function shaken(targets: Targets, now: number): Promise<CheckResult> {
  const { promise, resolve } = Promise.withResolvers<CheckResult>();
  connectCheck(targets.next(now), resolve);
  return await promise;
}

openssl.test('a check by TLS looks at the certificate as traffic does', async (t) => {
  const { subject } = await site(t, (ca) => ({ ca, serverName: 'app.test' }));
  assert.deepEqual(await shaken(targetsOf(subject), 0), { kind: 'passed', why: 'TLS handshake done' });
  const other = await site(t, (ca) => ({ ca, serverName: 'other.test' }));
  const { kind, why } = await shaken(targetsOf(other.subject), 0);
  assert.equal(kind, 'failed');
  assert.match(why, /^its certificate is for app\.test, not for other\.test/);
});

openssl.test(
  'pages are asked for by TLS where the server is https, and once a minute with a whole handshake',
  async (t) => {
    const { subject, handshakes } = await site(t, (ca) => ({ ca, serverName: 'app.test' }));
    const targets = targetsOf(subject);
    const ask = { method: 'GET', path: '/', headers: [], host: undefined, timeoutMs: 5000, readsBody: true };
    const judge = answerJudge({ status: [[200, 200]], body: { kind: 'is', text: 'well' }, headers: [] });
    for (const now of [0, 30_000, 59_999, 60_000, 90_000]) {
      const { promise, resolve } = Promise.withResolvers<CheckResult>();
      httpAsk(targets.next(now), questionOf(subject, ask), (answer) => resolve(judge(answer)));
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      assert.deepEqual(await promise, { kind: 'passed', why: 'answered 200' });
    }
    assert.deepEqual(handshakes, [false, true, true, false, true]);
  },
);
