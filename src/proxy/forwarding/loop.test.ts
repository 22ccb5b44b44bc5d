import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Headers } from '../../core/headers.ts';
import { isLoop } from './loop.ts';

function headersOf(values: readonly string[]): Headers {
  const headers = new Headers();
  headers.add('Accept', 'me');
  for (const value of values) headers.add('cdn-loop', value);
  return headers;
}

test('isLoop() finds our own element in the list', () => {
  const loops = [
    ['me'],
    ['other, me'],
    ['me, other'],
    ['a,me,b'],
    ['other.example:8080; v="1, 2" ,\tme ; v=1'],
    ['me;v=1'],
    ['me\t'],
    ['other', 'another', 'me'],
    ['meme, me'],
    [',, me'],
    // A client's open quote must not hide it.
    ['x; y=", me'],
  ];
  for (const values of loops) assert.equal(isLoop(headersOf(values), 'me'), true, values.join(' | '));
});

test('isLoop() is not taken in by others that contain our name', () => {
  const others = [
    [],
    [''],
    ['meme'],
    ['x-me'],
    ['me-x'],
    ['me.example'],
    ['other; v=me'],
    ['other me'],
    ['other; me'],
    ['ME'],
  ];
  for (const values of others) assert.equal(isLoop(headersOf(values), 'me'), false, values.join(' | '));
  assert.equal(isLoop(headersOf(['a', '']), ''), false);
});
