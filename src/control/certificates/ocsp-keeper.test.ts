import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { turns } from '../../../test/harness/until.ts';
import type { Logger } from '../../core/log.ts';
import type { TlsStaple } from '../../proxy/index.ts';
import type { CertificateFacts } from './certificate-facts.ts';
import type { OcspAnswer } from './ocsp-fetch.ts';
import { OcspKeeper } from './ocsp-keeper.ts';

const hour = 3_600_000;
const start = Date.UTC(2026, 0, 1);

function certificate(fingerprint: string): CertificateFacts {
  const ocsp = { url: `http://ocsp.test/${fingerprint}`, certificate: '', issuer: '' };
  const facts = { listener: 'safe', name: fingerprint, names: [], issuer: 'CA', notBefore: 0, notAfter: Infinity };
  return { ...facts, fingerprint, ocsp };
}

interface Scene {
  readonly keeper: OcspKeeper;
  readonly asked: string[];
  readonly warned: string[];
  readonly pushed: (readonly TlsStaple[])[];
  now: number;
  answer: () => OcspAnswer;
}

function scene(t: TestContext): Scene {
  const asked: string[] = [];
  const warned: string[] = [];
  const pushed: (readonly TlsStaple[])[] = [];
  const none = (): void => {};
  const log: Logger = { debug: none, info: none, warn: (text) => void warned.push(text), error: none };
  const it: Scene = {
    keeper: new OcspKeeper({
      clock: { now: () => it.now, date: () => it.now },
      log,
      fetch: async ({ url }) => {
        asked.push(url);
        return it.answer();
      },
      push: async (staples) => void pushed.push(staples),
    }),
    asked,
    warned,
    pushed,
    now: start,
    answer: () => ({ status: 'good', response: Buffer.from('der'), nextUpdate: it.now + 8 * hour }),
  };
  t.after(() => it.keeper.stop());
  return it;
}

test('responses are asked for one by one, handed over together, and asked for again at half of their time', async (t) => {
  const it = scene(t);
  it.keeper.follow([certificate('a'), certificate('b'), { ...certificate('c'), ocsp: undefined }]);
  await it.keeper.look();
  assert.deepEqual(it.asked, ['http://ocsp.test/a', 'http://ocsp.test/b']);
  assert.deepEqual(
    it.pushed.at(-1)!.map(({ fingerprint }) => fingerprint),
    ['a', 'b'],
  );
  it.now += 4 * hour - 1;
  await it.keeper.look();
  assert.equal(it.asked.length, 2);
  it.now += 1;
  await it.keeper.look();
  assert.equal(it.asked.length, 4);
});

test('a failure is told once, and the last response is sent until its time is over', async (t) => {
  const it = scene(t);
  it.keeper.follow([certificate('a')]);
  await it.keeper.look();
  it.answer = () => {
    throw new Error('down');
  };
  for (const passed of [4, 5, 7]) {
    it.now = start + passed * hour;
    await it.keeper.look();
    assert.equal(it.pushed.at(-1)!.length, 1);
  }
  it.now = start + 9 * hour;
  await it.keeper.look();
  assert.deepEqual(it.pushed.at(-1), []);
  assert.deepEqual(it.warned, ['The certificate "a" is not stapled anew: its authority does not answer (down)']);
});

test('a revoked certificate is told of, one that the authority does not know is not stapled', async (t) => {
  const it = scene(t);
  it.keeper.follow([certificate('a')]);
  it.answer = () => ({ status: 'revoked', response: Buffer.from('der'), nextUpdate: undefined });
  await it.keeper.look();
  assert.match(it.warned[0]!, /has been revoked by its authority/);
  it.keeper.follow([certificate('b')]);
  it.answer = () => ({ status: 'unknown', response: Buffer.from('der'), nextUpdate: undefined });
  await it.keeper.look();
  assert.deepEqual(it.pushed.at(-1), []);
});

test('a certificate that is gone takes its response along, one that stays keeps it', async (t) => {
  const it = scene(t);
  it.keeper.follow([certificate('a'), certificate('b')]);
  await it.keeper.look();
  it.keeper.follow([certificate('b')]);
  await turns(2);
  assert.deepEqual(
    it.pushed.at(-1)!.map(({ fingerprint }) => fingerprint),
    ['b'],
  );
  await it.keeper.look();
  assert.equal(it.asked.length, 2);
});
