import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ChunkExtension } from './chunk-extension.ts';

/** Whether a line may consist of a size and this. */
function isExtension(text: string): boolean {
  const extension = new ChunkExtension();
  extension.begin();
  return Buffer.from(text, 'latin1').every((byte) => extension.take(byte)) && extension.complete;
}

test('names, tokens, quoted strings and blanks between them are extensions', () => {
  const good = [
    ';a',
    ';a=b',
    ';a="b;c=d"',
    ';a=""',
    ';a="\\"\\\\"',
    ';a;b=c;d="e"',
    ' ; a = b\t;\tc',
    ';a="\xe4\t"',
    '\t;a',
  ];
  assert.deepEqual(
    good.filter((text) => !isExtension(text)),
    [],
  );
});

test('what goes against the grammar is none', () => {
  const bad = [
    ...[
      ' ',
      ';',
      '; ',
      ';;a',
      ';=b',
      ';a=',
      ';a= ',
      ';a b',
      ';a=b c',
      ';a=b=c',
      ';a="b',
      ';a="b\\"',
      ';a="b"c',
      ';a@b',
    ],
    ...[';"a"', 'a', '=a', '"', ';a=b ', ';a ', ';a,b', ';\xe4', ';a=\xe4', ';a="\0"', ';a="\\\r"', ';a\n', ';a="\n"'],
  ];
  assert.deepEqual(bad.filter(isExtension), []);
});

test('begin() forgets the line before', () => {
  const extension = new ChunkExtension();
  extension.begin();
  for (const byte of Buffer.from(';a="b')) extension.take(byte);
  extension.begin();
  assert.equal(extension.complete, false);
  assert.ok(Buffer.from(';a').every((byte) => extension.take(byte)));
  assert.equal(extension.complete, true);
});
