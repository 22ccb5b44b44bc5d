import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readAnswer, type Ending, type Reading } from './response-reading.ts';

const ok = 'HTTP/1.1 200 OK\r\n';

test('readAnswer() tells a whole answer from one that is cut, by what its head says', () => {
  const cases: readonly (readonly [string, Ending, Reading['state'], string])[] = [
    [`${ok}Content-Length: 2\r\n\r\nok`, 'open', 'whole', 'ok'],
    [`${ok}Content-Length: 3\r\n\r\nok`, 'open', 'open', 'ok'],
    [`${ok}Content-Length: 3\r\n\r\nok`, 'fin', 'cut', 'ok'],
    [`${ok}\r\nok`, 'open', 'open', 'ok'],
    [`${ok}\r\nok`, 'fin', 'whole', 'ok'],
    [`${ok}\r\nok`, 'reset', 'cut', 'ok'],
    [`${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`, 'open', 'whole', 'ok'],
    [`${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n`, 'fin', 'cut', 'ok'],
    [`${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nokx`, 'open', 'open', 'ok'],
    [`${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nokxy`, 'open', 'malformed', 'ok'],
    [`${ok}Transfer-Encoding: chunked\r\n\r\n0\r\nX: 1\r\n`, 'reset', 'cut', ''],
    [`${ok}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok`, 'open', 'malformed', ''],
    [`${ok}Content-Length: 2\r\nContent-Length: 2\r\n\r\nok`, 'open', 'malformed', ''],
    [`${ok}Content-Length: 2, 2\r\n\r\nok`, 'open', 'malformed', ''],
    ['HTTP/1.1 204 No Content\r\n\r\n', 'open', 'whole', ''],
    [ok, 'fin', 'cut', ''],
    ['', 'reset', 'cut', ''],
  ];
  for (const [text, ending, state, body] of cases) {
    const reading = readAnswer(Buffer.from(text, 'latin1'), 0, 'GET', ending);
    assert.deepEqual([reading.state, reading.body.toString()], [state, body], `${text} ${ending}`);
  }
});

test('readAnswer() passes over interim answers and says where the answer ends', () => {
  const text = `xHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok}X: 1\r\nContent-Length: 2\r\n\r\nokmore`;
  const reading = readAnswer(Buffer.from(text), 1, 'GET', 'open');
  assert.deepEqual([reading.interim, reading.status, reading.end], [[103], 200, text.length - 4]);
  assert.deepEqual(reading.lines, ['X: 1', 'Content-Length: 2']);
  assert.equal(readAnswer(Buffer.from(text), 1, 'HEAD', 'open').end, text.length - 6);
});

test('readAnswer() names what no proxy may write', () => {
  for (const line of ['nothing', ' folded', 'a : b', ': b', 'a: b\0', 'a: b\rc', 'a: b\nc']) {
    const bytes = Buffer.from(`${ok}${line}\r\nContent-Length: 0\r\n\r\n`, 'latin1');
    assert.notDeepEqual(readAnswer(bytes, 0, 'GET', 'open').faults, [], JSON.stringify(line));
  }
  assert.notDeepEqual(readAnswer(Buffer.from('junk\r\n\r\n'), 0, 'GET', 'fin').faults, []);
  assert.deepEqual(readAnswer(Buffer.from(`${ok}a: \xe9\t:\r\n\r\n`, 'latin1'), 0, 'GET', 'fin').faults, []);
});
