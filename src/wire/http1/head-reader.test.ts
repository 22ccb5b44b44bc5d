import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { requestFaults, responseFaults } from './faults.ts';
import { HeadReader } from './head-reader.ts';
import { headText, refuses, testLimits } from './fixtures.test.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

test('read() gives the head without its empty line, and says where the rest begins', () => {
  const reader = new HeadReader(testLimits);
  const chunk = bytes('xxGET / HTTP/1.1\r\nHost: a\r\n\r\nrest');
  assert.equal(reader.read(chunk, 2), 'GET / HTTP/1.1\r\nHost: a');
  assert.equal(chunk.toString('latin1', reader.end), 'rest');
  assert.ok(!reader.begun);
});

test('read() finds pipelined heads one after the other', () => {
  const reader = new HeadReader(testLimits);
  const chunk = bytes('A\r\n\r\nB\r\nb\r\n\r\n\r\nC\r\n\r\nD');
  assert.equal(reader.read(chunk, 0), 'A');
  assert.equal(reader.read(chunk, reader.end), 'B\r\nb');
  assert.equal(reader.read(chunk, reader.end), 'C');
  assert.equal(reader.read(chunk, reader.end), undefined);
  assert.equal(reader.end, chunk.length);
  assert.ok(reader.begun);
  const more = bytes('\r\n\r\nE');
  assert.equal(reader.read(more, 0), 'D');
  assert.equal(reader.end, 4);
});

test('read() keeps nothing of a lent chunk', () => {
  const reader = new HeadReader(testLimits);
  const chunk = bytes('GET / HT');
  assert.equal(reader.read(chunk, 0), undefined);
  chunk.fill(0);
  assert.equal(reader.read(bytes('TP/1.1\r\n\r\n'), 0), 'GET / HTTP/1.1');
});

test('begun counts neither empty lines nor what was reset', () => {
  const reader = new HeadReader(testLimits);
  assert.equal(reader.read(bytes('\r\n\r'), 0), undefined);
  assert.ok(!reader.begun);
  assert.equal(reader.read(bytes('\nG'), 0), undefined);
  assert.ok(reader.begun);
  reader.reset();
  assert.ok(!reader.begun);
  assert.equal(reader.read(bytes('A\r\n\r\n'), 0), 'A');
});

test('read() skips a few empty lines and refuses more', () => {
  assert.equal(headText('\r\n\r\n\r\n\r\nA\r\n\r\n'), 'A');
  refuses('bad-request', () => headText('\r\n\r\n\r\n\r\n\r\nA\r\n\r\n'));
  refuses('bad-request', () => headText('\rA\r\n\r\n'));
  refuses('bad-request', () => headText('\nA\r\n\r\n'));
});

test('read() refuses at once what cannot become a head', () => {
  const reader = (text: string) => () => new HeadReader(testLimits).read(bytes(text), 0);
  for (const text of [
    'GET / HTTP/1.1\nHost',
    'A\n',
    'A\0',
    'A\rB',
    'A\r\r',
    'A\x7f',
    'A\x0b',
    '\x16\x03\x01',
    'A\r\nB\nC',
  ]) {
    refuses('bad-request', reader(text), text);
  }
  for (const text of ['A\r\n b', 'A\r\n\tb', 'A\r\nB: c\r\n d']) refuses('bad-request', reader(text), text);
  for (const text of ['A\r\n\r', 'A\r', 'A\tb\xff', 'A\r\nB']) assert.equal(reader(text)(), undefined);
});

test('read() refuses lines and heads over their limits before their end has come', () => {
  const long = 'a'.repeat(testLimits.lineBytes);
  const read = (text: string) => () => new HeadReader(testLimits).read(bytes(text), 0);
  assert.equal(read(long)(), undefined);
  assert.equal(read(`${long}\r\n${long}\r\n\r\n`)(), `${long}\r\n${long}`);
  refuses('uri-too-long', read(`${long}a`));
  refuses('uri-too-long', read(`${long}a\r\n\r\n`));
  refuses('head-too-large', read(`A\r\n${long}a`));
  refuses('head-too-large', read(`A\r\n${'b: c\r\n'.repeat(400)}`));
});

test('read() takes a head of exactly the limit, and not a byte more, however it is split', () => {
  const limits = { ...testLimits, headBytes: 40 };
  const fits = bytes(`GET / HTTP/1.1\r\nA: ${'x'.repeat(17)}\r\n\r\n`);
  const over = bytes(`GET / HTTP/1.1\r\nA: ${'x'.repeat(18)}\r\n\r\n`);
  assert.equal(fits.length, 40);
  for (let at = 0; at <= 40; at++) {
    const reader = new HeadReader(limits);
    const first = reader.read(fits.subarray(0, at), 0);
    assert.equal(first ?? reader.read(fits.subarray(at), 0), fits.toString('latin1', 0, 36), `split at ${at}`);
    const second = new HeadReader(limits);
    refuses('head-too-large', () => second.read(over.subarray(0, at), 0) ?? second.read(over.subarray(at), 0));
  }
  refuses('uri-too-long', () => new HeadReader(limits).read(bytes('x'.repeat(50)), 0));
});

test('a lenient reader takes a bare LF for a line end, and still no bare CR', () => {
  const lenient = { lenient: true, faults: responseFaults };
  assert.equal(headText('A\nb: c\r\nd: e\n\n', lenient), 'A\r\nb: c\r\nd: e');
  assert.equal(headText('A\n\r\n', lenient), 'A');
  assert.equal(headText('\n\r\nA\r\n\n', lenient), 'A');
  for (const bad of ['A\rb\n\n', 'A\n\rb', 'A\r\r\n', 'A\n b', 'A\0\n\n'])
    refuses('server-junk', () => headText(bad, lenient), bad);
});

test('read() names its errors by whose message it is', () => {
  const read = (text: string) => () => new HeadReader(testLimits, { faults: responseFaults }).read(bytes(text), 0);
  for (const text of ['A\n', 'x'.repeat(600), 'A\r\nb: c\r\n'.repeat(400)]) refuses('server-junk', read(text));
});

test('read() takes no empty line before an answer, unless it is lenient', () => {
  const read = (text: string) => () => new HeadReader(testLimits, { faults: responseFaults }).read(bytes(text), 0);
  for (const text of ['\r\nA\r\n\r\n', '\r\n', '\nA\r\n\r\n']) refuses('server-junk', read(text));
  const lenient = new HeadReader(testLimits, { faults: responseFaults, lenient: true });
  assert.equal(lenient.read(bytes('\r\nA\r\n\r\n'), 0), 'A');
});

test('read() gives the same however the bytes are split', () => {
  const piece = fc.constantFrom('\r\n', '\r\n\r\n', '\r', '\n', 'a', 'Host: x', ' ', '\t', '\0', 'yy', '\xe4');
  const text = fc.array(piece, { maxLength: 20 }).map((parts) => parts.join(''));
  const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(text, sizes, fc.boolean(), (message, pieces, lenient) => {
      const limits = { ...testLimits, headBytes: 30, lineBytes: 12 };
      const whole = outcome(new HeadReader(limits, { lenient, faults: requestFaults }), [bytes(message)]);
      const chunks: Buffer[] = [];
      for (let at = 0, i = 0; at < message.length; i++) {
        const size = pieces[i % pieces.length]!;
        chunks.push(bytes(message.slice(at, at + size)));
        at += size;
      }
      assert.deepEqual(outcome(new HeadReader(limits, { lenient }), chunks), whole);
    }),
    { numRuns: 3000 },
  );
});

/** All heads that the chunks hold, then the error or whether another has begun. */
function outcome(reader: HeadReader, chunks: readonly Buffer[]): string[] {
  const found: string[] = [];
  try {
    for (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at = reader.end) {
        const text = reader.read(chunk, at);
        if (text !== undefined) found.push(text);
      }
    }
  } catch (error) {
    return [...found, String(error)];
  }
  return [...found, String(reader.begun)];
}
