import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { BondTokens } from './bond-tokens.ts';

const secret = 'a secret of sufficient length';
const tokens = new BondTokens(secret, 'pool app');
const said = { id: tokens.idOf('http://10.0.0.5:8080'), begun: 1_700_000_000, told: 4_000_000_000 };

test('a token says what was written, also to another process with the same secret', () => {
  const text = tokens.write(said);
  assert.match(text, /^[\w-]{43}$/, 'a cookie may hold it as it is');
  assert.deepEqual(tokens.read(text), said);
  assert.deepEqual(tokens.read(text), said, 'and once more');
  const other = new BondTokens(secret, 'pool app');
  assert.deepEqual(other.read(text), said);
  assert.equal(other.idOf('http://10.0.0.5:8080'), said.id);
});

test('a token tells nobody the name of what it is bound to, and ids differ by name, scope and secret', () => {
  assert.equal(Buffer.from(tokens.write(said), 'base64url').includes('10.0.0.5'), false);
  const ids = [
    said.id,
    tokens.idOf('http://10.0.0.6:8080'),
    new BondTokens(secret, 'pool shop').idOf('http://10.0.0.5:8080'),
    new BondTokens(`${secret}!`, 'pool app').idOf('http://10.0.0.5:8080'),
  ];
  assert.equal(new Set(ids).size, ids.length);
});

test('a token of another scope or another secret is none', () => {
  const text = tokens.write(said);
  assert.equal(new BondTokens(secret, 'pool shop').read(text), undefined);
  assert.equal(new BondTokens(`${secret}!`, 'pool app').read(text), undefined);
});

test('a token in which one bit was changed is none', () => {
  const bytes = Buffer.from(tokens.write(said), 'base64url');
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(tokens.read(changed.toString('base64url')), undefined, `bit ${bit}`);
  }
});

test('no text makes read() throw, and none is taken for a token', () => {
  const text = tokens.write(said);
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\w-]{43}$/), fc.string({ unit: 'binary' })), (junk) => {
      assert.equal(tokens.read(junk), junk === text ? said : undefined);
    }),
  );
  for (const near of [text.slice(1), `${text}=`, text.toUpperCase(), '']) assert.equal(tokens.read(near), undefined);
});

test('what is remembered is bounded, and what is forgotten is read anew', () => {
  const all = Array.from({ length: 5000 }, (_, i) => tokens.write({ ...said, begun: i }));
  for (const [i, text] of all.entries()) assert.equal(tokens.read(text)?.begun, i);
  for (const [i, text] of all.entries()) assert.equal(tokens.read(text)?.begun, i);
});
