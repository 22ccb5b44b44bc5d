import assert from 'node:assert/strict';

import { checkRegex, compileRegex } from '../../src/proxy/linear-regex.ts';
import { readPattern } from '../../src/control/config/middleware/pattern.ts';
import { plainTarget, type Target } from '../engine/target.ts';

const about = {
  name: 'patterns',
  about: 'a pattern is refused with words or compiles, answers in time whatever the text, and finds what V8 finds',
  seeds: () => [
    '^/a(b|c)*$\n/abcb\n$1',
    '(a+)+$\naaaaaaaaaaaaaaaaaaaaaaaaaaaab\nx',
    '[a-c]{2,3}\nabab\n$&',
    '(?<n>x)|y\nxyx\n$<n>',
    '\\d+\\.\\w\n12.a\n$$',
  ],
  words: [
    ...[
      '(',
      ')',
      '(?:',
      '(?<n>',
      '(?i)',
      '[',
      ']',
      '[^a]',
      '[[:alpha:]]',
      '{',
      '}',
      '{2}',
      '{1,}',
      '{1000}',
      '*',
      '+',
      '?',
      '*?',
      '|',
      '^',
      '$',
      '.',
    ],
    ...[
      '\\',
      '\\d',
      '\\w',
      '\\b',
      '\\Q',
      '\\E',
      '\\pL',
      '\\p{Greek}',
      '\\x{10FFFF}',
      '\\1',
      '(?=a)',
      '(a*)*',
      '$1',
      '$99',
      '$&',
      "$'",
      '$`',
      '$<n>',
      '$$',
      '\n',
      'a',
      'b',
    ],
  ],
  longest: 600,
};

/** Lines: a pattern, a text, a replacement. */
export const patterns: Target = plainTarget(about, (input) => {
  const [pattern = '', text = '', replacement = ''] = input.toString('latin1').split('\n');
  const wrong = checkRegex(pattern);
  assert.equal(readPattern(pattern).ok, wrong === undefined, 'the config judges otherwise');
  if (wrong !== undefined) {
    assert.ok(wrong !== '', 'a refusal without words');
    assert.throws(() => compileRegex(pattern), TypeError);
    return;
  }
  const regex = compileRegex(pattern);
  const found = regex.test(text);
  assert.equal(regex.exec(text) !== undefined, found, 'test() and exec()');
  const replaced = regex.replace(text, replacement);
  if (!found) assert.equal(replaced, text, 'replaced without a match');
  assert.ok(replaced.length <= (text.length + 1) * (replacement.length * (text.length + 1) + 1), 'it grows');
  // Both engines know these alike, and none of them can make V8 slow in so short a text.
  if (/^(?:[ab./]|\[ab\]|[ab][*+?])*$/.test(pattern) && pattern.length < 20 && text.length < 60)
    assert.equal(found, new RegExp(pattern).test(text), 'V8 finds otherwise');
});
