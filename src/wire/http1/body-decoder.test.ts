import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ProxyError } from '../../core/errors.ts';
import { BodyDecoder } from './body-decoder.ts';
import { CHUNKED, UNTIL_CLOSE } from './framing.ts';
import { linesOf, refuses, testLimits } from './fixtures.test.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const chunkedDecoder = (): BodyDecoder => new BodyDecoder(CHUNKED, testLimits, 'client');

interface Outcome {
  body: string;
  done: boolean;
  rest: string;
  trailers: string[];
}

/** Feeds the pieces until the body is done. */
function decodeAll(decoder: BodyDecoder, pieces: readonly string[]): Outcome {
  let body = '';
  let rest = '';
  for (const piece of pieces) {
    const chunk = bytes(piece);
    body += decoder.decode(chunk, 0)?.toString('latin1') ?? '';
    rest += piece.slice(decoder.end);
  }
  return { body, done: decoder.done, rest, trailers: linesOf(decoder.trailers) };
}

test('a body of known length ends where it says', () => {
  const decoder = new BodyDecoder(5, testLimits, 'client');
  assert.ok(!decoder.done);
  assert.equal(decoder.decode(bytes('xabc'), 1)?.toString(), 'abc');
  assert.equal(decoder.end, 4);
  assert.ok(!decoder.done);
  assert.ok(!decoder.finish());
  assert.equal(decoder.decode(bytes('deGET /'), 0)?.toString(), 'de');
  assert.equal(decoder.end, 2);
  assert.ok(decoder.done && decoder.finish());
  assert.equal(decoder.decode(bytes('more'), 1), undefined);
  assert.equal(decoder.end, 1);
});

test('a body of no bytes is done from the start', () => {
  const decoder = new BodyDecoder(0, testLimits, 'server');
  assert.ok(decoder.done);
  assert.equal(decoder.decode(bytes('x'), 0), undefined);
  assert.equal(decoder.end, 0);
});

test('a body until the close takes everything and ends well', () => {
  const decoder = new BodyDecoder(UNTIL_CLOSE, testLimits, 'server');
  const chunk = bytes('abc');
  assert.equal(decoder.decode(chunk, 0), chunk);
  assert.equal(decoder.decode(bytes('xde'), 1)?.toString(), 'de');
  assert.equal(decoder.decode(bytes(''), 0), undefined);
  assert.ok(!decoder.done);
  assert.ok(decoder.finish());
});

test('chunks are joined to one slice inside the chunk that was read', () => {
  const chunk = bytes(`..${'1\r\na\r\n'.repeat(1000)}0\r\n\r\nGET`);
  const decoder = chunkedDecoder();
  const body = decoder.decode(chunk, 2)!;
  assert.equal(body.toString(), 'a'.repeat(1000));
  assert.equal(body.buffer, chunk.buffer);
  assert.equal(chunk.toString('latin1', decoder.end), 'GET');
  assert.ok(decoder.done);
});

test('a chunk that lies whole in one payload comes back as it is', () => {
  const decoder = chunkedDecoder();
  assert.equal(decoder.decode(bytes('100\r\n'), 0), undefined);
  const chunk = Buffer.alloc(200, 'x');
  assert.equal(decoder.decode(chunk, 0), chunk);
});

test('sizes may have capitals, leading zeros and extensions', () => {
  const whole = 'a;x\r\n0123456789\r\n0A;y="z";q=1\r\n0123456789\r\n00000a\r\n0123456789\r\n000;last\r\n\r\n';
  assert.deepEqual(decodeAll(chunkedDecoder(), [whole]), {
    body: '0123456789'.repeat(3),
    done: true,
    rest: '',
    trailers: [],
  });
});

test('white space may stand before an extension, and is counted as a part of it', () => {
  assert.equal(decodeAll(chunkedDecoder(), ['1 \t;a = b\r\nx\r\n0\t;b\r\n\r\n']).body, 'x');
  for (const text of ['1 \r\n', '1\t\r\n', '1 1\r\n', '1 a=b\r\n', '0 \r\n', '1 \n', `1${' '.repeat(10_000)}`])
    refuses('bad-body', () => decodeAll(chunkedDecoder(), [text]), JSON.stringify(text.slice(0, 20)));
});

test('broken framing is refused by the side that it comes from', () => {
  const bad = [
    ...['\r\n', ';x\r\n', 'g\r\n', '-1\r\n', '+1\r\n', ' 1\r\n', '1 \r\n', '0x1\r\n', '1\n', '1\ra', '1,\r\n', '1\0'],
    ...['1\r\nab', '1\r\na\n', '1\r\na\ra', '1\r\na1\r\n', '1\r\n\r\n\r\n', '1;\n', '1;\x01', '1;a\rb', '1;a\nb'],
    ...[
      '20000000000000\r\n',
      'ffffffffffffffff\r\n',
      '10000000000000000\r\n',
      '00000000000000001\r\n',
      'fffffffffffffffffffffff',
    ],
    ...[
      '0\r\n\n',
      '0\r\n\rx',
      '0\r\n: a\r\n\r\n',
      '0\r\na : b\r\n\r\n',
      '0\r\na\r\n\r\n',
      '0\r\na: b\n',
      '0\r\na: b\r\n c\r\n\r\n',
      '0\r\n a: b\r\n\r\n',
    ],
  ];
  for (const text of bad) {
    refuses('bad-body', () => decodeAll(chunkedDecoder(), [text]), JSON.stringify(text));
    refuses(
      'server-junk',
      () => decodeAll(new BodyDecoder(CHUNKED, testLimits, 'server'), [...text]),
      JSON.stringify(text),
    );
  }
});

test('the largest size that can be counted is taken', () => {
  assert.equal(decodeAll(chunkedDecoder(), ['001fffffffffffff\r\nabc']).body, 'abc');
});

test('extensions are counted over the whole body', () => {
  const chunk = `1;${'x'.repeat(testLimits.chunkExtensionBytes / 2 - 1)}\r\na\r\n`;
  assert.equal(decodeAll(chunkedDecoder(), [chunk, chunk]).body, 'aa');
  refuses('bad-body', () => decodeAll(chunkedDecoder(), [chunk, chunk, '1;']));
});

test('trailers come without what does not belong there', () => {
  const lines = ['X-Checksum: 1', 'Content-Digest: sha-256=:x:', 'grpc-status: 0'];
  const dropped = [
    'Host: a',
    'content-length: 5',
    'Transfer-Encoding: chunked',
    'Set-Cookie: a',
    'Cookie: b',
    'Authorization: c',
  ];
  dropped.push(
    'Cache-Control: d',
    'Content-Type: e',
    'X-Forwarded-For: f',
    'Connection: g',
    'Trailer: h',
    'Date: i',
    'Location: j',
  );
  const text = (all: readonly string[]) => `1\r\na\r\n0\r\n${all.map((line) => `${line}\r\n`).join('')}\r\nGET`;
  const outcome = decodeAll(new BodyDecoder(CHUNKED, { ...testLimits, trailerBytes: 1000 }, 'client'), [
    text([...dropped, ...lines]),
  ]);
  assert.deepEqual(outcome, { body: 'a', done: true, rest: 'GET', trailers: lines });
  const none = new BodyDecoder(CHUNKED, testLimits, 'client');
  decodeAll(none, [text(['Host: a'])]);
  assert.equal(none.trailers, undefined);
});

test('a trailer that only looks like one of ours goes with it', () => {
  const { trailers } = decodeAll(chunkedDecoder(), [
    '0\r\nX_Forwarded_For: a\r\nx_sum: 1\r\nContent_Length: 2\r\n\r\n',
  ]);
  assert.deepEqual(trailers, ['x_sum: 1']);
});

test('trailers have limits', () => {
  const refusesTrailers = (text: string) => {
    refuses('trailers-too-large', () => decodeAll(chunkedDecoder(), [`0\r\n${text}`]));
    refuses('server-junk', () => decodeAll(new BodyDecoder(CHUNKED, testLimits, 'server'), ['0\r\n', text]));
  };
  refusesTrailers(`a: ${'x'.repeat(testLimits.trailerBytes)}`);
  refusesTrailers('a: b\r\n'.repeat(testLimits.trailerBytes / 6 + 1));
  refusesTrailers(`${'a: b\r\n'.repeat(testLimits.fields + 1)}\r\n`);
});

test('finish() tells a truncated body from a complete one', () => {
  for (const text of [
    '',
    '5',
    '5\r\n',
    '5\r\nab',
    '5\r\nabcde',
    '5\r\nabcde\r\n',
    '0',
    '0\r\n',
    '0\r\n\r',
    '0\r\na: b\r\n',
  ]) {
    const decoder = chunkedDecoder();
    decoder.decode(bytes(text), 0);
    assert.ok(!decoder.finish(), JSON.stringify(text));
  }
});

test('decode() finds the same body however it was chunked and split', () => {
  const payload = fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
    minLength: 1,
    maxLength: 80,
  });
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });
  const trailers = fc.boolean();
  fc.assert(
    fc.property(fc.array(payload, { maxLength: 6 }), sizes, trailers, (payloads, pieces, trailing) => {
      const framed = payloads.map((each) => `${each.length.toString(16)}\r\n${each}\r\n`).join('');
      const message = `${framed}0\r\n${trailing ? 'x: y\r\n' : ''}\r\n`;
      const rest = 'NEXT';
      const split: string[] = [];
      for (let at = 0, i = 0; at < message.length; i++) {
        const size = pieces[i % pieces.length]!;
        split.push(message.slice(at, at + size));
        at += size;
      }
      split[split.length - 1] += rest;
      const wanted = { body: payloads.join(''), done: true, rest, trailers: trailing ? ['x: y'] : [] };
      assert.deepEqual(decodeAll(chunkedDecoder(), split), wanted);
      assert.deepEqual(decodeAll(chunkedDecoder(), [message + rest]), wanted);
    }),
    { numRuns: 1000 },
  );
});

test('decode() throws nothing but ProxyErrors, and fails alike however the bytes are split', () => {
  const piece = fc.constantFrom(
    '0',
    '1',
    '5',
    'a',
    ';',
    '\r\n',
    '\r',
    '\n',
    'x: y',
    ':',
    'zzzzz',
    '\0',
    '1\r\na\r\n',
    '0\r\n',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece, { maxLength: 20 }).map((parts) => parts.join('')),
  );
  const attempt = (pieces: readonly string[]): string => {
    try {
      return JSON.stringify(decodeAll(chunkedDecoder(), pieces));
    } catch (error) {
      assert.ok(error instanceof ProxyError, String(error));
      return error.message;
    }
  };
  fc.assert(
    fc.property(text, (raw) => {
      const clean = bytes(raw).toString('latin1');
      assert.equal(attempt(clean === '' ? [] : clean.match(/[^]/g)!), attempt([clean]));
    }),
    { numRuns: 3000 },
  );
});
