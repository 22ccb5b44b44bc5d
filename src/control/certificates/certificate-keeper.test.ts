import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Logger } from '../../core/log.ts';
import { CertificateKeeper } from './certificate-keeper.ts';
import type { CertificateFacts } from './certificate-facts.ts';
import type { LoadedTls } from './tls-sources.ts';

const day = 86_400_000;
const start = Date.UTC(2026, 0, 1);

function loaded(...certificates: readonly CertificateFacts[]): LoadedTls {
  return { sources: { file: 'x.yaml', folder: '/', shown: new Map(), listeners: [] }, certificates };
}

test('the keeper warns in the log when the time has come, and shows what is in force', (t) => {
  const warned: string[] = [];
  const none = (): void => {};
  const log: Logger = { debug: none, info: none, warn: (text) => void warned.push(text), error: none };
  const clock = { ms: start, now: (): number => 0, date: (): number => clock.ms };
  const followed: number[] = [];
  const keeper = new CertificateKeeper({ clock, log, onCertificates: (each) => void followed.push(each.length) });
  t.after(() => keeper.stop());
  const www = { listener: 'safe', name: 'www.pem', names: ['www.example.com'], issuer: 'CA', fingerprint: 'ab' };
  keeper.follow(loaded({ ...www, notBefore: start, notAfter: start + 90 * day, ocsp: undefined }));
  assert.deepEqual(keeper.status, [{ ...www, notAfter: '2026-04-01T00:00:00.000Z', daysLeft: 90 }]);
  keeper.look();
  clock.ms += 83 * day;
  keeper.look();
  keeper.look();
  assert.deepEqual(warned, ['The certificate "www.pem" expires in 7 days (2026-04-01), renew it']);
  clock.ms += 8 * day;
  keeper.look();
  assert.match(warned[1]!, /expired 1 days? ago|expired 24 hours ago/);
  assert.equal(keeper.status[0]!.daysLeft, -1);
  keeper.follow(undefined);
  assert.deepEqual(keeper.status, []);
  assert.deepEqual(followed, [1, 0]);
});
