import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';

import type { AdminAccess, Guard } from './admin-server.ts';
import { tcpGuard } from './tcp-guard.ts';

const quiet = { warn: (): void => {} };

const token = 'correct-horse-battery';
const tokenHash = createHash('sha256').update(token).digest('hex');

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly local?: string;
  readonly remote?: string;
  readonly access?: AdminAccess | undefined;
}

/** The status of the refusal; 0: there is none. */
function statusOf(guard: Guard, asked: Asked = {}): number {
  const { method = 'GET', headers = {}, local = '127.0.0.1', remote = '127.0.0.1' } = asked;
  const request = {
    method,
    headers: { host: '127.0.0.1:2020', ...headers },
    socket: { localAddress: local, remoteAddress: remote },
  };
  const access = 'access' in asked ? asked.access : 'read';
  return guard(request as unknown as IncomingMessage, access)?.status ?? 0;
}

const bearer = (text: string): Readonly<Record<string, string>> => ({ authorization: `Bearer ${text}` });

void test('only names of this machine and those of the config are answered', () => {
  const guard = tcpGuard({ tokenHash: undefined, hosts: ['admin.test'], log: quiet, now: () => 0 });
  const right = [
    '127.0.0.1:2020',
    '127.0.0.1',
    'localhost:2020',
    'LOCALHOST.',
    '[::1]:2020',
    '127.9.9.9',
    'admin.test',
  ];
  for (const host of [...right, 'Admin.Test:443']) assert.equal(statusOf(guard, { headers: { host } }), 0, host);
  const wrong = ['evil.test', '127.0.0.1.evil.test', 'localhost.evil.test', '', '0.0.0.0', '10.0.0.5', 'x:y@127.0.0.1'];
  for (const host of wrong) assert.equal(statusOf(guard, { headers: { host } }), 403, host);
});

void test('at an address that others reach, the host is that address', () => {
  const guard = tcpGuard({ tokenHash, hosts: [], log: quiet, now: () => 0 });
  const at = (local: string, host: string): number => statusOf(guard, { local, headers: { host, ...bearer(token) } });
  assert.equal(at('10.0.0.5', '10.0.0.5:2020'), 0);
  assert.equal(at('::ffff:10.0.0.5', '10.0.0.5:2020'), 0);
  assert.equal(at('fd00::5', '[fd00::5]:2020'), 0);
  assert.equal(at('10.0.0.5', 'localhost:2020'), 403);
  assert.equal(at('10.0.0.5', '10.0.0.6'), 403);
});

void test('what a page asks is refused, token or not', () => {
  const guard = tcpGuard({ tokenHash, hosts: [], log: quiet, now: () => 0 });
  for (const origin of ['https://evil.test', 'null', 'http://127.0.0.1:2020']) {
    assert.equal(statusOf(guard, { headers: { origin, ...bearer(token) } }), 403, origin);
  }
});

void test('with a token everything but health asks for it', () => {
  const guard = tcpGuard({ tokenHash, hosts: [], log: quiet, now: () => 0 });
  assert.equal(statusOf(guard), 401);
  assert.equal(statusOf(guard, { access: undefined }), 401, 'what there is, is told to nobody without it');
  assert.equal(statusOf(guard, { access: 'open' }), 0);
  for (const value of [`Bearer ${token}`, `bearer  ${token} `]) {
    assert.equal(statusOf(guard, { headers: { authorization: value } }), 0, value);
  }
  const wrong = [`Bearer ${token}x`, `Bearer ${token.slice(0, -1)}`, `Basic ${token}`, token, 'Bearer', 'Bearer ', ''];
  for (const value of wrong) assert.equal(statusOf(guard, { headers: { authorization: value } }), 401, value);
});

void test('after ten wrong tokens an address waits, with the right one too, and others go on', () => {
  let now = 0;
  const said: string[] = [];
  const guard = tcpGuard({ tokenHash, hosts: [], log: { warn: (text) => void said.push(text) }, now: () => now });
  for (let i = 0; i < 30; i++) assert.equal(statusOf(guard), 401, 'no token is no guess');
  for (let i = 0; i < 10; i++) assert.equal(statusOf(guard, { headers: bearer(`guess-${i}`) }), 401);
  assert.equal(statusOf(guard, { headers: bearer('guess-11') }), 429);
  assert.equal(statusOf(guard, { headers: bearer(token) }), 429);
  assert.equal(statusOf(guard, { headers: bearer(token), remote: '127.0.0.2' }), 0);
  assert.equal(statusOf(guard, { access: 'open' }), 0);
  assert.deepEqual(said, [
    'Too many wrong tokens for the admin API came from 127.0.0.1: none from there is looked at for a while',
  ]);
  now = 60_000;
  assert.equal(statusOf(guard, { headers: bearer(token) }), 0);
});

void test('a body has to be JSON', () => {
  const guard = tcpGuard({ tokenHash, hosts: [], log: quiet, now: () => 0 });
  const posted = (headers: Readonly<Record<string, string>>): number =>
    statusOf(guard, { method: 'POST', access: 'token', headers: { ...bearer(token), ...headers } });
  assert.equal(posted({}), 0);
  assert.equal(posted({ 'content-length': '0' }), 0);
  assert.equal(posted({ 'content-type': 'application/json; charset=utf-8', 'content-length': '2' }), 0);
  assert.equal(posted({ 'content-length': '2' }), 415);
  assert.equal(posted({ 'transfer-encoding': 'chunked' }), 415);
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', 'multipart/form-data']) {
    assert.equal(posted({ 'content-type': type, 'content-length': '2' }), 415, type);
    assert.equal(posted({ 'content-type': type }), 415, type);
  }
});
