import assert from 'node:assert/strict';
import * as crypto from 'node:crypto';
import { test } from 'node:test';

import { ProxyError } from '../../../core/errors.ts';
import { exchangeOf, headersOf, TestEnv } from '../../fixtures.test.ts';
import type { Hooks } from '../feature.ts';
import { answerOf, workOf, type TestWork } from '../work-fixtures.test.ts';
import { apr1 } from './apr1.ts';
import { basicAuth, type BasicAuthConfig } from './basic-auth.ts';
import { readCredentials } from './credentials.ts';
import { VerifiedCredentials } from './verified.ts';
import { verifyPassword, type PasswordHash } from './verify-password.ts';

const sha = (password: string): PasswordHash => ({
  kind: 'sha1',
  digest: crypto.hash('sha1', password, 'base64'),
});

/** `wonder`, cost 4. */
const bcrypt: PasswordHash = { kind: 'bcrypt', text: '$2y$04$IXKt07lDwaIHRnmMhCR/Ie0YD5NXjq8B54Ggn2IbuqovQeglkqTEu' };

function config(parts: Partial<BasicAuthConfig> = {}): BasicAuthConfig {
  const users = [
    { name: 'anna', hash: sha('secret') },
    { name: 'jürgen', hash: sha('pass:wörd') },
  ];
  const header = 'X-Authenticated-User';
  return { realm: 'a "b" \\', users, header, forwardAuthorization: false, cacheMs: 60_000, ...parts };
}

function basic(text: string): string {
  return `Basic ${Buffer.from(text).toString('base64')}`;
}

function workWith(...fields: (readonly [string, string])[]): TestWork {
  return workOf({ exchange: exchangeOf({ headers: headersOf(...fields) }) });
}

async function ask(hooks: Hooks, work: TestWork): Promise<string> {
  const verdict = await hooks.request!(work);
  return verdict instanceof ProxyError ? verdict.code : 'passes';
}

test('basic-auth lets the right password in and tells the server who it is, and only that', async () => {
  const hooks = basicAuth.create(config(), new TestEnv());
  const work = workWith(
    ['Authorization', basic('jürgen:pass:wörd')],
    ['X-Authenticated-User', 'admin'],
    ['x_authenticated_user', 'admin'],
    ['X.Authenticated.User', 'admin'],
    ['X-Authenticated-Users', 'other'],
  );
  assert.equal(await ask(hooks, work), 'passes');
  assert.equal(work.exchange.user, 'jürgen');
  const name = Buffer.from('jürgen').toString('latin1');
  assert.deepEqual(work.headers.names, ['X-Authenticated-Users', 'X-Authenticated-User']);
  assert.deepEqual(work.headers.values, ['other', name]);
});

test('basic-auth passes the credentials on where it is told to', async () => {
  const hooks = basicAuth.create(config({ forwardAuthorization: true, header: 'Remote-User' }), new TestEnv());
  const work = workWith(['Authorization', basic('anna:secret')]);
  assert.equal(await ask(hooks, work), 'passes');
  assert.deepEqual(work.headers.names, ['Authorization', 'Remote-User']);
});

test('basic-auth refuses everything else, with a challenge', async () => {
  const hooks = basicAuth.create(config(), new TestEnv());
  for (const value of [basic('anna:wrong'), basic('nobody:secret'), basic('Anna:secret'), basic('anna:'), 'Bearer x']) {
    const work = workWith(['Authorization', value], ['X-Authenticated-User', 'anna']);
    assert.equal(await ask(hooks, work), 'unauthorized', value);
    assert.equal(work.headers.has('X-Authenticated-User'), false);
    assert.equal(work.exchange.user, '');
  }
  assert.equal(await ask(hooks, workWith()), 'unauthorized');
  const twice = workWith(['Authorization', basic('anna:secret')], ['Authorization', basic('anna:secret')]);
  assert.equal(await ask(hooks, twice), 'unauthorized');
  const answer = answerOf(401, { code: 'unauthorized' });
  await hooks.response!(answer, workWith());
  assert.equal(answer.headers.get('WWW-Authenticate'), 'Basic realm="a \\"b\\" \\\\", charset="UTF-8"');
  const others = answerOf(401);
  await hooks.response!(others, workWith());
  assert.equal(others.headers.length, 0);
});

test('readCredentials() takes what RFC 7617 allows', () => {
  assert.deepEqual(readCredentials(basic('Aladdin:open sesame')), { user: 'Aladdin', password: 'open sesame' });
  assert.deepEqual(readCredentials('bAsIc   dGVzdDoxMjPCow=='), { user: 'test', password: '123£' });
  assert.deepEqual(readCredentials(basic('a::b:')), { user: 'a', password: ':b:' });
  const bad = [
    '',
    'Basic',
    'Basic ',
    'Basic !!!!',
    'Basicx dGVzdDox',
    basic('nocolon'),
    basic(':nobody'),
    basic('a:\0b'),
  ];
  const notUtf8 = `Basic ${Buffer.from([0x61, 0x3a, 0xff]).toString('base64')}`;
  for (const text of [...bad, notUtf8, basic('a\n:b'), basic(`a:${'x'.repeat(2000)}`)]) {
    assert.equal(readCredentials(text), undefined, text.slice(0, 40));
  }
});

test('right credentials are verified once while they are remembered, wrong ones for 10 s', async () => {
  const env = new TestEnv();
  const hooks = basicAuth.create(config(), env);
  const [right, wrong] = [basic('anna:secret'), basic('anna:wrong')];
  const known = (value: string): boolean => !(hooks.request!(workWith(['Authorization', value])) instanceof Promise);
  assert.ok(!known(right) && !known(wrong));
  await ask(hooks, workWith(['Authorization', right]));
  await ask(hooks, workWith(['Authorization', wrong]));
  assert.ok(known(right) && known(wrong));
  env.pass(11_000);
  assert.ok(known(right) && !known(wrong));
  env.pass(50_000);
  assert.ok(!known(right));
});

test('without a memory every request is verified', async () => {
  const hooks = basicAuth.create(config({ cacheMs: 0 }), new TestEnv());
  for (let i = 0; i < 3; i++) {
    const verdict = hooks.request!(workWith(['Authorization', basic('anna:secret')]));
    assert.ok(verdict instanceof Promise);
    assert.equal(await verdict, undefined);
  }
});

test('many who come at once with other passwords wait, and past the bound are told to come later', async () => {
  const hooks = basicAuth.create(config(), new TestEnv());
  const asked = Array.from({ length: 200 }, (_, i) => ask(hooks, workWith(['Authorization', basic(`anna:${i}`)])));
  const same = Array.from({ length: 50 }, () => ask(hooks, workWith(['Authorization', basic('anna:0')])));
  const codes = await Promise.all(asked);
  assert.equal(codes.filter((code) => code === 'unauthorized').length, 102);
  assert.equal(codes.filter((code) => code === 'auth-busy').length, 98);
  assert.deepEqual([...new Set(await Promise.all(same))], ['unauthorized'], 'equal ones are verified together');
  assert.equal(await ask(hooks, workWith(['Authorization', basic('anna:secret')])), 'passes');
});

test('VerifiedCredentials forgets what was used longest ago, and keeps right and wrong ones apart', () => {
  const memory = new VerifiedCredentials(2);
  memory.set('a', true, 100);
  memory.set('b', true, 100);
  assert.equal(memory.get('a', 0), true);
  for (const wrong of ['x', 'y', 'z']) memory.set(wrong, false, 100);
  memory.set('c', true, 100);
  assert.deepEqual(
    ['a', 'b', 'c', 'x', 'y', 'z'].map((key) => memory.get(key, 99)),
    [true, undefined, true, undefined, false, false],
  );
  assert.equal(memory.get('a', 100), undefined);
});

test('apr1() is what htpasswd -m and openssl passwd -apr1 make', async () => {
  const known = [
    ['myPassword', 'r31.....', 'HqJZimcKQFAMYayBlzkrA/'],
    ['', 'abcdefgh', 'L.PT565ESX4Tp2bqNs7Ie.'],
    ['a password that is longer than sixteen bytes: ü', 'x', 'DweAHKACp/hiEymlpFA8M0'],
  ] as const;
  for (const [password, salt, digest] of known) assert.equal(await apr1(password, salt), digest);
});

// The hash of argon2id is from the tests of its reference implementation.
test('verifyPassword() knows bcrypt and argon2id', async () => {
  assert.equal(await verifyPassword('wonder', bcrypt), true);
  assert.equal(await verifyPassword('wander', bcrypt), false);
  const argon: PasswordHash = {
    kind: 'argon2id',
    memory: 65_536,
    passes: 2,
    parallelism: 1,
    salt: Buffer.from('somesalt').toString('base64'),
    digest: Buffer.from('09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7', 'hex').toString('base64'),
  };
  assert.equal(await verifyPassword('password', argon), true);
  assert.equal(await verifyPassword('Password', argon), false);
});
