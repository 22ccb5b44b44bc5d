import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Headers } from '../../core/headers.ts';
import { SaidBefore } from './said-before.ts';

type Fields = readonly (readonly [string, string])[];

function split(fields: Fields, trusted: boolean): { said: SaidBefore; out: [string, string][] } {
  const headers = new Headers();
  for (const [name, value] of fields) headers.add(name, value);
  const out = new Headers();
  const said = SaidBefore.split(headers, trusted, out);
  for (let i = 0; i < out.length; i++) assert.equal(out.ids[i], headers.ids[headers.names.indexOf(out.names[i]!)]);
  return { said, out: out.names.map((name, i) => [name, out.values[i]!]) };
}

test('every other field goes on as it is and in order', () => {
  const name = fc.constantFrom(
    'Accept',
    'accept',
    'X-A',
    'xyz',
    'X-Fo',
    'x-r',
    'Cookie',
    'Authorization',
    'Traceparent',
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.string()), { maxLength: 20 }), fc.boolean(), (fields, trusted) => {
      const { said, out } = split(fields, trusted);
      assert.deepEqual(out, fields);
      assert.deepEqual(said, new SaidBefore());
    }),
  );
});

test('lines of one field are joined in order', () => {
  const fields: Fields = [
    ['X-Forwarded-For', 'a'],
    ['Via', '1.1 a'],
    ['x-forwarded-for', ''],
    ['X-FORWARDED-FOR', 'b, c'],
    ['via', '1.1 b'],
  ];
  const { said, out } = split(fields, true);
  assert.equal(said.forwardedFor, 'a, b, c');
  assert.equal(said.via, '1.1 a, 1.1 b');
  assert.deepEqual(out, []);
});

test('from a peer that is not trusted only the way so far is heard', () => {
  const names = ['X-Forwarded-For', 'X-Forwarded-Proto', 'X-Forwarded-Host', 'X-Forwarded-Port', 'X-Forwarded-Prefix'];
  const all = [...names, 'Forwarded', 'X-Real-IP', 'X-Request-Id', 'Via', 'CDN-Loop'];
  const fields: Fields = all.map((name) => [name, name]);
  const { said, out } = split(fields, false);
  assert.deepEqual(out, []);
  assert.deepEqual(said, Object.assign(new SaidBefore(), { via: 'Via', cdnLoop: 'CDN-Loop' }));
  const believed = split(fields, true);
  assert.deepEqual(new Set(Object.values(believed.said)), new Set([...names, 'Forwarded', 'Via', 'CDN-Loop']));
  assert.deepEqual(believed.out, []);
});
