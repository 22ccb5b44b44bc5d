import assert from 'node:assert/strict';
import net from 'node:net';

import { resetSocket } from '../../src/core/reset-socket.ts';
import type { Place } from '../../test/harness/plan-of.ts';
import type { Random } from '../engine/random.ts';
import { responseSeeds } from './http-words.ts';
import { readChunksNaively } from './naive-chunks.ts';

/** What it may say to a request: answers as they should be, and others. */
const answers: readonly string[] = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  'HTTP/1.1 204 No Content\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n',
  'HTTP/1.0 200 OK\r\n\r\nuntil close',
  'HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n' + 'z'.repeat(50_000),
  ...responseSeeds,
];

const junk: readonly string[] = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno',
  'HTTP/1.1 100 Continue\r\n\r\n'.repeat(200),
  'HTTP/0.9 nonsense',
  '<html>',
  'HTTP/1.1 200 OK\r\nX: ' + 'x'.repeat(40_000),
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\nConnection: upgrade\r\n\r\n',
  '\0\r\n\r\n',
];

const ways = [
  'answer',
  'answer',
  'answer',
  'pieces',
  'early',
  'junk',
  'cut',
  'cut and reset',
  'reset',
  'end',
  'silent',
] as const;

/**
 * A server that answers, falls silent, talks nonsense or goes away, as `random` says; and that reads what it gets with a
 * reader of its own: whatever a client sends, a proxy writes whole requests.
 */
export class OddOrigin {
  /** Of the input at hand. */
  random: Random;
  /** What was wrong with a request. */
  readonly failures: string[] = [];
  place: Place = { kind: 'tcp', host: '127.0.0.1', port: 0 };
  readonly #sockets = new Set<net.Socket>();
  readonly #server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#take(socket));

  constructor(random: Random) {
    this.random = random;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => void this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    assert.ok(address !== null && typeof address === 'object');
    this.place = { kind: 'tcp', host: '127.0.0.1', port: address.port };
  }

  /** Breaks off whatever it has. */
  hangUp(): void {
    for (const socket of this.#sockets) resetSocket(socket);
  }

  async stop(): Promise<void> {
    this.hangUp();
    await new Promise<void>((resolve) => void this.#server.close(() => resolve()));
  }

  #take(socket: net.Socket): void {
    this.#sockets.add(socket);
    let received = '';
    let deaf = false;
    socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
    socket.on('end', () => socket.end());
    if (this.random.oneIn(40)) return resetSocket(socket);
    socket.on('data', (bytes: Buffer) => {
      if (deaf) return;
      received += bytes.toString('latin1');
      const end = this.#requestEnd(received);
      if (end === undefined) return;
      // Now and then it does not wait for the body.
      const way = this.random.pick(ways);
      if (end > received.length && way !== 'early') return;
      deaf = !this.#answer(socket, way) || end > received.length;
      received = received.slice(end);
    });
  }

  /** Where the first request ends, past what came if that is known; undefined: its head is not complete. */
  #requestEnd(text: string): number | undefined {
    const head = text.indexOf('\r\n\r\n');
    if (head < 0) return undefined;
    const lines = text.slice(0, head).split('\r\n');
    this.#judge(lines);
    if (lines.some((line) => /^upgrade:/i.test(line))) return text.length;
    const length = lines.find((line) => /^content-length:/i.test(line));
    if (length !== undefined) return head + 4 + Number(length.slice(15));
    if (!lines.some((line) => /^transfer-encoding:/i.test(line))) return head + 4;
    const body = readChunksNaively(text.slice(head + 4), { extensionBytes: 0, trailerBytes: 65_536 });
    if (body === 'bad') this.failures.push(`a bad chunked body: ${JSON.stringify(text.slice(head, head + 200))}`);
    return typeof body === 'string' ? text.length + 1 : head + 4 + body.end;
  }

  #judge([start = '', ...fields]: readonly string[]): void {
    const count = (name: string): number => fields.filter((line) => line.toLowerCase().startsWith(`${name}:`)).length;
    const isWhole =
      /^[!#$%&'*+\-.^_`|~\w]+ (?:\/[\x21-\x7e]*|\*) HTTP\/1\.1$/.test(start) &&
      fields.every((line) => /^[!#$%&'*+\-.^_`|~\w]+: ?[\t\x20-\x7e\x80-\xff]*$/.test(line)) &&
      count('host') === 1 &&
      count('x-forwarded-for') === 1 &&
      count('content-length') + count('transfer-encoding') <= 1 &&
      count('keep-alive') + count('proxy-connection') === 0;
    if (!isWhole) this.failures.push(`an odd request: ${JSON.stringify([start, ...fields])}`);
  }

  /** False: the connection is of no more use. */
  #answer(socket: net.Socket, way: (typeof ways)[number]): boolean {
    const { random } = this;
    const answer = random.pick(answers);
    // What comes through a tunnel is the client's own.
    const lasts = !answer.startsWith('HTTP/1.1 101');
    if (way === 'answer') return socket.write(answer, 'latin1') ? lasts : lasts;
    if (way === 'pieces' || way === 'early') {
      const at = random.int(answer.length);
      socket.write(answer.slice(0, at), 'latin1');
      setImmediate(() => socket.write(answer.slice(at), 'latin1'));
      return lasts && way === 'pieces';
    }
    if (way === 'junk') socket.write(random.pick(junk), 'latin1');
    if (way === 'end') socket.end();
    if (way === 'reset') resetSocket(socket);
    if (way.startsWith('cut')) {
      socket.write(answer.slice(0, random.int(answer.length)), 'latin1');
      setImmediate(() => (way === 'cut' ? socket.end() : resetSocket(socket)));
    }
    return false;
  }
}
