import assert from 'node:assert/strict';
import { test } from 'node:test';

import { TestEnv } from '../../fixtures.test.ts';
import { answerOf, askFor, linesOf, template } from '../fixtures.test.ts';
import type { FieldEditsConfig } from './field-edits.ts';
import { headers } from './headers.ts';

type Fields = Readonly<Record<string, string>>;

function edits(parts: { remove?: readonly string[]; set?: Fields; add?: Fields } = {}): FieldEditsConfig {
  const list = (fields: Fields = {}): FieldEditsConfig['set'] =>
    Object.entries(fields).map(([name, value]) => ({ name, value: template(value) }));
  return { remove: parts.remove ?? [], set: list(parts.set), add: list(parts.add) };
}

/** What becomes of the fields of a request. */
function sent(config: FieldEditsConfig, fields: readonly (readonly [string, string])[]): string[] {
  const work = askFor('/', fields);
  assert.equal(headers.create({ request: config, response: edits() }, new TestEnv()).request!(work), undefined);
  return linesOf(work.headers);
}

test('fields are removed, then set, then added', () => {
  const config = edits({ remove: ['a'], set: { A: 'set', B: 'set' }, add: { A: 'added', C: 'added' } });
  assert.deepEqual(
    sent(config, [
      ['a', '1'],
      ['b', '1'],
      ['B', '2'],
      ['D', '1'],
    ]),
    ['D: 1', 'A: set', 'B: set', 'A: added', 'C: added'],
  );
});

test('a star removes every field whose name begins so, whatever the case; _ counts as -', () => {
  const config = edits({ remove: ['x-internal-*', 'x-user', 'cookie'] });
  const fields = ['X-Internal-A', 'x_internal_b', 'X-Internal', 'X_User', 'X-USER', 'X-Users', 'COOKIE', 'Accept'];
  assert.deepEqual(
    sent(
      config,
      fields.map((name) => [name, '1'] as const),
    ),
    ['X-Internal: 1', 'X-Users: 1', 'Accept: 1'],
  );
});

test('a client cannot bring a field that is set, in any spelling', () => {
  assert.deepEqual(
    sent(edits({ set: { 'X-User': '{clientAddress}me' } }), [
      ['x-user', 'root'],
      ['X_User', 'root'],
      ['X-User', 'root'],
    ]),
    ['X-User: me'],
  );
});

test('values are worked out before anything is changed, so that a field can be renamed', () => {
  const config = edits({ remove: ['old'], set: { New: '{header:Old}' } });
  assert.deepEqual(sent(config, [['Old', 'value']]), ['New: value']);
});

test('fields of answers are changed, with variables of the request; hooks that would do nothing are not there', () => {
  const hooks = headers.create(
    { request: edits(), response: edits({ remove: ['server'], add: { 'X-Path': '{path}' } }) },
    new TestEnv(),
  );
  assert.equal(hooks.request, undefined);
  const answer = answerOf();
  answer.headers.add('Server', 'nginx');
  hooks.response!(answer, askFor('/a'));
  assert.deepEqual(linesOf(answer.headers), ['X-Path: /a']);
  assert.deepEqual(Object.keys(headers.create({ request: edits(), response: edits() }, new TestEnv())), []);
});
