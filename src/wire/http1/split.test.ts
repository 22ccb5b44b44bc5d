import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProxyError } from '../../core/errors.ts';
import { BodyDecoder } from './body-decoder.ts';
import { responseFaults } from './faults.ts';
import { HeadReader } from './head-reader.ts';
import { parseRequestHead } from './request-head.ts';
import { parseResponseHead, responseBodyLength } from './response-head.ts';
import { linesOf, testLimits } from './fixtures.test.ts';

const post = 'POST /a?b HTTP/1.1\r\nHost: example.com\r\n';

const requests = [
  'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET / HTTP/1.0\r\n\r\n',
  '\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3',
  `${post}Content-Length: 11\r\n\r\nhello\r\n\r\nx\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n`,
  `${post}Transfer-Encoding: chunked\r\n\r\n5;ext="a b"\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n${post}\r\n`,
  `${post}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0;x\r\nX-Sum: 1\r\nHost: b\r\nX-Two:\t2 \r\n\r\nGET / HTTP/1.1\r\nHost: c\r\n\r\n`,
  'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nx_y: \xe4\r\n\r\n',
  // What is refused must be refused alike.
  'GET / HTTP/1.1\nHost: a\n\n',
  'GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n',
  'GET / HTTP/1.1\r\nHost : a\r\n\r\n',
  'GET / HTTP/1.1\r\n\r\n',
  `${post}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
  `${post}Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n`,
  `${post}Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n`,
  `${post}Transfer-Encoding: chunked\r\n\r\n0\r\nX: ${'y'.repeat(300)}\r\n\r\n`,
  `GET /${'x'.repeat(600)} HTTP/1.1\r\nHost: a\r\n\r\n`,
  `GET / HTTP/1.1\r\nHost: a\r\n${'x: yyyyyyyy\r\n'.repeat(200)}\r\n`,
  '\x16\x03\x01\x02\0\x01',
];

const answers = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 204\r\n\r\nHTTP/1.1 304 x\r\nContent-Length: 9\r\n\r\n',
  'HTTP/1.1 103 Early\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n',
  'HTTP/1.0 200 OK\r\n\r\nuntil\r\n\r\nthe end',
  'HTTP/1.1 200 OK\nContent-Length: 5\n\nhello',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n',
  'HTTP/1.1 2000 OK\r\n\r\n',
  'SSH-2.0-OpenSSH_9.2\r\n',
];

for (const message of requests) splitTest('request', message, false);
for (const message of answers) {
  splitTest('answer', message, false);
  splitTest('answer', message, true);
}

function splitTest(kind: 'request' | 'answer', message: string, lenient: boolean): void {
  const name = JSON.stringify(message.slice(0, 60));
  test(`${kind} ${name}${lenient ? ', lenient' : ''}: split anywhere, it is the same`, () => {
    const whole = read(kind, [message], lenient);
    assert.deepEqual(read(kind, [...message], lenient), whole);
    for (let at = 1; at < message.length; at++) {
      assert.deepEqual(read(kind, [message.slice(0, at), message.slice(at)], lenient), whole, `split at ${at}`);
    }
  });
}

test('the table above is neither all good nor all bad', () => {
  const outcomes = requests.map((message) => String(read('request', [message], false).at(-1)));
  assert.equal(outcomes.filter((outcome) => outcome.startsWith('error')).length, 12);
  assert.deepEqual(read('answer', ['HTTP/1.1 200 OK\nContent-Length: 5\n\nhello'], true), ['200', 'hello', 'head']);
});

/** What a connection that brings these pieces brings: heads, bodies, trailers, then the error or the state. */
function read(kind: 'request' | 'answer', pieces: readonly string[], lenient: boolean): string[] {
  const connection = new Connection(kind, lenient);
  try {
    for (const piece of pieces) connection.take(Buffer.from(piece, 'latin1'));
  } catch (error) {
    assert.ok(error instanceof ProxyError, String(error));
    return [...connection.found, `error ${error.code}`];
  }
  return [...connection.found, connection.state];
}

class Connection {
  readonly found: string[] = [];
  readonly #kind: 'request' | 'answer';
  readonly #reader: HeadReader;
  #decoder: BodyDecoder | undefined = undefined;
  #body = '';

  constructor(kind: 'request' | 'answer', lenient: boolean) {
    this.#kind = kind;
    this.#reader = new HeadReader(testLimits, kind === 'answer' ? { lenient, faults: responseFaults } : {});
  }

  get state(): string {
    return this.#decoder === undefined ? 'head' : `body ${this.#body} ${this.#decoder.finish()}`;
  }

  take(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length)
      at = this.#decoder === undefined ? this.#head(chunk, at) : this.#more(chunk, at, this.#decoder);
  }

  #head(chunk: Buffer, at: number): number {
    const text = this.#reader.read(chunk, at);
    const { end } = this.#reader;
    if (text === undefined) return end;
    const decoder = this.#kind === 'request' ? this.#request(text) : this.#answer(text);
    if (decoder.done) this.#finish(decoder);
    else this.#decoder = decoder;
    return end;
  }

  #request(text: string): BodyDecoder {
    const head = parseRequestHead(text, testLimits);
    this.found.push(JSON.stringify(head));
    return new BodyDecoder(head.bodyLength, testLimits, 'client');
  }

  #answer(text: string): BodyDecoder {
    const head = parseResponseHead(text, testLimits);
    this.found.push(String(head.status));
    return new BodyDecoder(responseBodyLength(head, 'GET'), testLimits, 'server');
  }

  #more(chunk: Buffer, at: number, decoder: BodyDecoder): number {
    this.#body += decoder.decode(chunk, at)?.toString('latin1') ?? '';
    if (decoder.done) this.#finish(decoder);
    return decoder.end;
  }

  #finish(decoder: BodyDecoder): void {
    this.found.push(this.#body, ...linesOf(decoder.trailers));
    this.#body = '';
    this.#decoder = undefined;
  }
}
