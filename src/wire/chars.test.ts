import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldChar, isToken, tokenChar } from './chars.ts';

test('tokenChar holds the 77 characters of a token', () => {
  assert.equal(
    tokenChar.reduce((sum, one) => sum + one, 0),
    26 * 2 + 10 + 15,
  );
  for (const no of '()<>@,;:\\"/[]?={} \t\r\n\0\x7f\x80\xff')
    assert.equal(tokenChar[no.charCodeAt(0)], 0, JSON.stringify(no));
});

test('fieldChar refuses every control but the tab, and takes obs-text', () => {
  for (let byte = 0; byte < 256; byte++) {
    const control = (byte < 32 && byte !== 9) || byte === 127;
    assert.equal(fieldChar[byte], control ? 0 : 1, String(byte));
  }
});

test('isToken() wants at least one character, and bytes only', () => {
  assert.ok(isToken('X-Forwarded_For'));
  assert.ok(!isToken(''));
  assert.ok(!isToken('a b'));
  assert.ok(!isToken('a\u0141'));
});
