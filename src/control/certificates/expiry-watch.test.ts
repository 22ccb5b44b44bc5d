import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { CertificateFacts } from './certificate-facts.ts';
import { ExpiryWatch } from './expiry-watch.ts';
import { expiryWords } from './expiry-words.ts';

const day = 86_400_000;
const start = Date.UTC(2026, 0, 1);

function certificate(days: number, name = 'www'): CertificateFacts {
  const notAfter = start + days * day;
  const names = { listener: 'safe', name, names: [`${name}.example`], issuer: 'CA' };
  return { ...names, notBefore: start, notAfter, fingerprint: name, ocsp: undefined };
}

/** Days from the start on which something is said, and what, with a clock that runs by the watch's own waits. */
function warnings(watch: ExpiryWatch, from: number, days: number): string[] {
  const said: string[] = [];
  let now = from;
  for (let i = 0; i < 1000; i++) {
    const wait = watch.waitMs(now);
    if (wait === undefined) break;
    assert.ok(wait > 0 && wait <= day, `waits for ${wait} ms`);
    now += wait;
    if (now > start + days * day) break;
    for (const { words } of watch.due(now)) said.push(`${Math.floor((now - start) / day)}: ${words}`);
  }
  return said;
}

test('a certificate is warned of 30, 14, 7 and 1 days before its end, and once after it', () => {
  const watch = new ExpiryWatch();
  watch.follow([certificate(90)], start);
  assert.deepEqual(warnings(watch, start, 200), [
    '60: expires in 30 days (2026-04-01)',
    '76: expires in 14 days (2026-04-01)',
    '83: expires in 7 days (2026-04-01)',
    '89: expires in 24 hours (2026-04-01)',
    '90: expired just now (2026-04-01): clients refuse it',
  ]);
  assert.equal(watch.waitMs(start + 91 * day), undefined, 'nothing is left to wait for');
});

test('what was due at the start has been said by whoever loaded it', () => {
  const watch = new ExpiryWatch();
  const now = start + 80 * day;
  watch.follow([certificate(90)], now);
  assert.deepEqual(watch.due(now), []);
  assert.deepEqual(
    warnings(watch, now, 200).map((text) => text.split(':')[0]),
    ['83', '89', '90'],
  );
});

test('several marks that went by while the machine slept are one warning', () => {
  const watch = new ExpiryWatch();
  watch.follow([certificate(90)], start);
  assert.equal(watch.due(start + 88 * day).length, 1);
  assert.equal(watch.due(start + 88 * day).length, 0);
});

test('a certificate that lives for days is not warned of before its last third', () => {
  const watch = new ExpiryWatch();
  watch.follow([certificate(6)], start);
  assert.deepEqual(
    warnings(watch, start, 30).map((text) => text.split(':')[0]),
    ['5', '6'],
  );
  assert.equal(expiryWords(certificate(6), start), undefined);
});

test('expiryWords() tells what is over, what has not begun, and what ends soon', () => {
  const facts = certificate(90);
  assert.equal(expiryWords(facts, start + 10 * day), undefined);
  assert.equal(expiryWords(facts, start + 93 * day), 'expired 3 days ago (2026-04-01): clients refuse it');
  assert.equal(expiryWords(facts, start - 1), 'is not valid before 2026-01-01T00:00:00.000Z: clients refuse it');
  assert.equal(expiryWords(facts, start + 90 * day - 30_000), 'expires in a minute (2026-04-01)');
});
