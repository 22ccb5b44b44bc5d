import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Condition } from '../../proxy/index.ts';
import { conditionText, listed } from './condition-text.ts';
import { allowsPlain, allowsTls } from './reachable.ts';

const https: Condition = { kind: 'scheme', scheme: 'https' };
const header: Condition = { kind: 'header', name: 'x-a', value: { kind: 'startsWith', texts: ['1', '2'] } };

test('conditionText() says a condition in words, with brackets where they are needed', () => {
  const both: Condition = { kind: 'all', of: [https, { kind: 'any', of: [header, { kind: 'not', of: https }] }] };
  assert.equal(conditionText(both), 'by https and (header x-a starts with 1 or 2 or not by https)');
  const subject: Condition = {
    kind: 'tls',
    what: 'clientSubject',
    value: {
      kind: 'all',
      of: [
        { kind: 'regex', patterns: ['^CN='] },
        { kind: 'contains', texts: ['x'] },
      ],
    },
  };
  assert.equal(conditionText(subject), 'client certificate matches ^CN= and contains x');
  assert.equal(conditionText({ kind: 'query', name: 'q', value: { kind: 'present' } }), 'query q is there');
});

test('listed() cuts long lists', () => {
  assert.equal(listed([]), '');
  assert.equal(listed(['a']), 'a');
  assert.equal(listed(['a', 'b', 'c', 'd']), 'a, b, c or d');
  assert.equal(listed(['a', 'b', 'c', 'd', 'e']), 'a, b, c or 2 others');
});

test('allowsPlain() and allowsTls() know which conditions leave out a scheme', () => {
  const cases: readonly (readonly [Condition | undefined, boolean, boolean])[] = [
    [undefined, true, true],
    [https, false, true],
    [{ kind: 'not', of: https }, true, false],
    [{ kind: 'all', of: [header, https] }, false, true],
    [{ kind: 'any', of: [header, https] }, true, true],
    [{ kind: 'tls', what: 'version', value: { kind: 'present' } }, false, true],
    [{ kind: 'not', of: header }, true, true],
  ];
  for (const [condition, plain, tls] of cases) {
    assert.deepEqual([allowsPlain(condition), allowsTls(condition)], [plain, tls], JSON.stringify(condition));
  }
});
