import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Headers } from '../../core/headers.ts';
import type { TlsFacts } from '../exchange.ts';
import type { Condition, TextMatch } from '../plan.ts';
import { compileCondition } from './condition.ts';
import type { RequestView } from './request-view.ts';
import { SharedParts } from './shared-parts.ts';

interface Given {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly fields?: readonly (readonly [string, string])[];
  readonly address?: string;
  readonly tls?: Partial<TlsFacts>;
}

const facts: TlsFacts = {
  version: 'TLSv1.3',
  cipher: 'TLS_AES_128_GCM_SHA256',
  serverName: '',
  resumed: false,
  clientCertificate: undefined,
};

function requestOf(given: Given): RequestView {
  const headers = new Headers();
  for (const [name, value] of given.fields ?? []) headers.add(name, value);
  return {
    host: 'a.test',
    method: given.method ?? 'GET',
    scheme: given.tls === undefined ? 'http' : 'https',
    headers,
    clientAddress: given.address ?? '192.0.2.1',
    target: { path: given.path ?? '/', query: given.query ?? '' },
    client: { listener: 'web', tls: given.tls && { ...facts, ...given.tls } },
  };
}

function holds(condition: Condition, given: Given, ignoreCase = false): boolean {
  return compileCondition(condition, { parts: new SharedParts(), ignoreCase })(requestOf(given));
}

const present: TextMatch = { kind: 'present' };
const is = (...texts: string[]): TextMatch => ({ kind: 'is', texts });
const regex = (...patterns: string[]): TextMatch => ({ kind: 'regex', patterns });
const header = (name: string, value: TextMatch): Condition => ({ kind: 'header', name, value });
const query = (name: string, value: TextMatch): Condition => ({ kind: 'query', name, value });
const cookie = (name: string, value: TextMatch): Condition => ({ kind: 'cookie', name, value });
const path = (value: TextMatch): Condition => ({ kind: 'path', value });

test('a method is one of those named, in their case', () => {
  assert.equal(holds({ kind: 'method', methods: ['GET'] }, {}), true);
  assert.equal(holds({ kind: 'method', methods: ['GET'] }, { method: 'get' }), false);
  assert.equal(holds({ kind: 'method', methods: ['PUT', 'POST'] }, { method: 'POST' }), true);
});

test('of several fields with one name one is enough, whatever the case of the name', () => {
  const fields = [
    ['X-One', 'a'],
    ['x-ONE', 'b'],
    ['user-agent', 'curl'],
  ] as const;
  assert.equal(holds(header('x-one', is('b')), { fields }), true);
  assert.equal(holds(header('x-one', is('c')), { fields }), false);
  assert.equal(holds(header('user-agent', { kind: 'startsWith', texts: ['wget', 'cur'] }), { fields }), true);
  assert.equal(holds(header('x-on', present), { fields }), false);
  assert.equal(holds(header('x-one', present), { fields }), true);
  assert.equal(holds(header('x-none', present), {}), false);
});

test('fields are UTF-8, for texts and for patterns', () => {
  const fields = [['x-name', Buffer.from('Jürgen').toString('latin1')]] as const;
  assert.equal(holds(header('x-name', is('Jürgen')), { fields }), true);
  assert.equal(holds(header('x-name', regex('^J.rgen$')), { fields }), true);
  assert.equal(holds(header('x-name', { kind: 'endsWith', texts: ['ürgen'] }), { fields }), true);
});

test('parameters are decoded once, and what is no escape stays', () => {
  const given = { query: '?v=1&v=2&empty&a+b=%C3%BC%20+x&bad=%zz%4&%76%76=3&=none&x=a=b' };
  assert.equal(holds(query('v', is('2')), given), true);
  assert.equal(holds(query('v', is('3')), given), false);
  assert.equal(holds(query('empty', is('')), given), true);
  assert.equal(holds(query('a b', is('ü  x')), given), true);
  assert.equal(holds(query('bad', is('%zz%4')), given), true);
  assert.equal(holds(query('vv', is('3')), given), true);
  assert.equal(holds(query('x', is('a=b')), given), true);
  assert.equal(holds(query('none', present), given), false);
  assert.equal(holds(query('v', present), {}), false);
  assert.equal(holds(query('v', present), { query: '?' }), false);
});

test('cookies are found in every Cookie field, by their whole name and in its case', () => {
  const fields = [
    ['Cookie', 'a=1; beta=;session="x y"  ; xbeta=2'],
    ['cookie', 'late=3'],
  ] as const;
  assert.equal(holds(cookie('a', is('1')), { fields }), true);
  assert.equal(holds(cookie('beta', present), { fields }), true);
  assert.equal(holds(cookie('beta', is('')), { fields }), true);
  assert.equal(holds(cookie('session', is('"x y"')), { fields }), true);
  assert.equal(holds(cookie('late', is('3')), { fields }), true);
  assert.equal(holds(cookie('eta', present), { fields }), false);
  assert.equal(holds(cookie('Beta', present), { fields }), false);
  assert.equal(holds(cookie('bet', present), { fields }), false);
});

test('an address is in one of the networks; who has none is in no network', () => {
  const networks = ['10.0.0.0/8', '192.0.2.7/32', '2001:db8::/32'];
  assert.equal(holds({ kind: 'address', networks }, { address: '10.200.0.1' }), true);
  assert.equal(holds({ kind: 'address', networks }, { address: '192.0.2.8' }), false);
  assert.equal(holds({ kind: 'address', networks }, { address: '2001:db8::1' }), true);
  assert.equal(holds({ kind: 'address', networks: ['0.0.0.0/0', '::/0'] }, { address: 'unix' }), false);
});

test('paths are asked in the form that they are sent in; case is ignored where the route says so', () => {
  assert.equal(holds(path({ kind: 'endsWith', texts: ['.pdf'] }), { path: '/a.pdf' }), true);
  assert.equal(holds(path({ kind: 'endsWith', texts: ['.pdf'] }), { path: '/a.PDF' }), false);
  assert.equal(holds(path({ kind: 'endsWith', texts: ['.pDf'] }), { path: '/a.PdF' }, true), true);
  assert.equal(holds(path(regex('^/USER/')), { path: '/user/1' }, true), true);
  assert.equal(holds(path({ kind: 'contains', texts: ['ü'] }), { path: '/%C3%BC' }), true);
  assert.equal(holds(header('x-a', is('A')), { fields: [['x-a', 'a']] }, true), false);
});

test('facts of TLS hold for TLS only, and a subject only of a valid certificate', () => {
  const tls = (what: 'version' | 'serverName' | 'clientSubject', value: TextMatch): Condition => ({
    kind: 'tls',
    what,
    value,
  });
  const certificate = (valid: boolean): Partial<TlsFacts> => ({
    clientCertificate: { valid, problem: undefined, subject: 'CN=a', issuer: '', serial: '', fingerprint: '', der: '' },
  });
  const subject = tls('clientSubject', is('CN=a'));
  assert.equal(holds(tls('version', is('TLSv1.3')), {}), false);
  assert.equal(holds(tls('version', is('TLSv1.3')), { tls: {} }), true);
  assert.equal(holds(tls('serverName', present), { tls: {} }), false);
  assert.equal(holds(tls('serverName', is('a.test')), { tls: { serverName: 'a.test' } }), true);
  assert.equal(holds(subject, { tls: {} }), false);
  assert.equal(holds(subject, { tls: certificate(false) }), false);
  assert.equal(holds(subject, { tls: certificate(true) }), true);
  assert.equal(holds({ kind: 'scheme', scheme: 'https' }, { tls: {} }), true);
  assert.equal(holds({ kind: 'scheme', scheme: 'https' }, {}), false);
});

test('all, any and not mean what they say', () => {
  const atom = fc
    .boolean()
    .map((value): [Condition, boolean] => [{ kind: 'method', methods: [value ? 'GET' : 'PUT'] }, value]);
  const { tree } = fc.letrec<{ tree: [Condition, boolean] }>((tie) => {
    const some = fc.array(tie('tree'), { maxLength: 3 });
    return {
      tree: fc.oneof(
        { depthSize: 'small' },
        atom,
        tie('tree').map(([of, value]): [Condition, boolean] => [{ kind: 'not', of }, !value]),
        some.map((each): [Condition, boolean] => [
          { kind: 'all', of: each.map(([of]) => of) },
          each.every(([, v]) => v),
        ]),
        some.map((each): [Condition, boolean] => [
          { kind: 'any', of: each.map(([of]) => of) },
          each.some(([, v]) => v),
        ]),
      ),
    };
  });
  fc.assert(fc.property(tree, ([condition, value]) => holds(condition, {}) === value));
});

test('no query, cookie or field makes a condition throw', () => {
  const odd = fc.string({ unit: fc.constantFrom(...'%=&;+ "aü\u00ff\u0000') });
  fc.assert(
    fc.property(odd, odd, (text, name) => {
      const given = { query: `?${text}`, fields: [['Cookie', text] as const, ['X-A', text] as const] };
      for (const each of [query, cookie, header]) holds(each(name, regex('a$')), given);
    }),
  );
});

test('a parameter is found exactly where the URL standard finds it', () => {
  const part = fc.string({ unit: fc.constantFrom(...'ab+%=éx', '%41', '%C3%A9'), maxLength: 5 });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 4 }), fc.constantFrom('a', 'A', 'é', 'b'), (parts, name) => {
      const written = `?${parts.join('&')}`.replaceAll('é', '%C3%A9');
      // Escapes that are no UTF-8 become replacement characters there, and stay bytes here.
      fc.pre(!/%(?!41|C3%A9)/.test(written));
      const wanted = new URLSearchParams(written).getAll(name);
      assert.equal(holds(query(name, present), { query: written }), wanted.length > 0);
      for (const value of wanted) assert.equal(holds(query(name, is(value)), { query: written }), true);
    }),
  );
});
