import assert from 'node:assert/strict';
import { test } from 'node:test';

import { decode, encode, type Answer } from 'dns-packet';
import fc from 'fast-check';

import { decodeSrvAnswer, encodeSrvQuestion } from './srv-message.ts';

const name = '_http._tcp.app.test';

function answer(id: number, answers: readonly Answer[], flags = 0x8180): Buffer {
  return encode({ type: 'response', id, flags, questions: [{ type: 'SRV', name }], answers: [...answers] });
}

const first: Answer = {
  type: 'SRV',
  name,
  ttl: 30,
  data: { priority: 1, weight: 5, port: 8080, target: 'A.app.test' },
};
const second: Answer = { type: 'SRV', name, ttl: 7, data: { priority: 2, weight: 0, port: 81, target: 'b.app.test' } };

test('a question is one that others read as a question for SRV records', () => {
  const read = decode(encodeSrvQuestion(0x1234, name));
  assert.equal(read.id, 0x1234);
  assert.deepEqual(read.questions, [{ name, type: 'SRV', class: 'IN' }]);
  assert.equal(read.flag_rd, true);
  assert.equal(read.additionals?.[0]?.type, 'OPT');
});

test('an answer has its records and the shortest of their times to live', () => {
  assert.deepEqual(decodeSrvAnswer(answer(7, [first, second]), 7, name), {
    code: 0,
    truncated: false,
    records: [
      { priority: 1, weight: 5, port: 8080, target: 'a.app.test' },
      { priority: 2, weight: 0, port: 81, target: 'b.app.test' },
    ],
    ttlSeconds: 7,
  });
  assert.equal(decodeSrvAnswer(answer(7, [], 0x8183), 7, name)?.code, 3);
  assert.equal(decodeSrvAnswer(answer(7, [], 0x8380), 7, name)?.truncated, true);
});

test('the time to live of an alias counts as well', () => {
  const alias: Answer = { type: 'CNAME', name, ttl: 3, data: 'other.test' };
  assert.equal(decodeSrvAnswer(answer(7, [alias, first]), 7, name)?.ttlSeconds, 3);
});

test('what is no answer to this question is none', () => {
  assert.equal(decodeSrvAnswer(answer(8, [first]), 7, name), undefined);
  assert.equal(decodeSrvAnswer(answer(7, [first]), 7, 'other.test'), undefined);
  assert.equal(decodeSrvAnswer(encodeSrvQuestion(7, name), 7, name), undefined);
  assert.equal(decodeSrvAnswer(Buffer.alloc(0), 7, name), undefined);
});

test('an answer that is cut off anywhere is none, and no byte of it can do harm', () => {
  const whole = answer(7, [first, second]);
  for (let end = 0; end < whole.length; end++) {
    assert.equal(decodeSrvAnswer(whole.subarray(0, end), 7, name), undefined, String(end));
  }
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
      const other = Buffer.from(whole);
      other[at] = byte;
      decodeSrvAnswer(other, 7, name);
    }),
    { numRuns: 500 },
  );
});

test('a name that leads back to itself ends', () => {
  const ring = answer(7, []);
  const head = Buffer.from(ring);
  head.writeUInt16BE(1, 6);
  const at = head.length;
  const loop = Buffer.concat([head, Buffer.from([0xc0 | (at >> 8), at & 0xff]), Buffer.alloc(10)]);
  assert.equal(decodeSrvAnswer(loop, 7, name), undefined);
});
