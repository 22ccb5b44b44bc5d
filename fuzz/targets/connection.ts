import assert from 'node:assert/strict';
import net from 'node:net';

import { resetSocket } from '../../src/core/reset-socket.ts';
import type { FeaturePlan } from '../../src/proxy/index.ts';
import { ByteQueue } from '../../test/harness/byte-queue.ts';
import type { PlanSpec } from '../../test/harness/plan-of.ts';
import { ProxyUnderTest } from '../../test/harness/proxy-under-test.ts';
import { patienceMs, turns } from '../../test/harness/until.ts';
import { Random } from '../engine/random.ts';
import type { Session, Target } from '../engine/target.ts';
import { answersIn } from './answers-in.ts';
import { corpusRequests } from './corpus-seeds.ts';
import { requestSeeds, requestWords } from './http-words.ts';
import { OddOrigin } from './odd-origin.ts';
import { readChunksNaively } from './naive-chunks.ts';
import { piecesOf } from './outcome.ts';

const pipelined = requestSeeds.slice(0, 4).join('');

/** Many requests on one connection, cut and broken off anywhere, in front of a server that does what it likes. */
export const connection: Target = {
  name: 'connection',
  about:
    'whatever comes from both sides, nothing is thrown or left behind, each exchange is logged once, and the next client is served',
  seeds: () => [
    ...requestSeeds,
    pipelined,
    'GET /b/x HTTP/1.1\r\nHost: a.test\r\n\r\n'.repeat(5),
    `POST /b/up HTTP/1.1\r\nHost: a.test\r\nContent-Length: 9000\r\n\r\n${'u'.repeat(9000)}GET /l/ HTTP/1.1\r\nHost: a.test\r\n\r\n`,
    `POST /l/up HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n${'v'.repeat(2048)}\r\n0\r\n\r\n`,
    ...corpusRequests(),
  ],
  words: [...requestWords, ...requestSeeds, '/b/', '/l/', '0\r\n\r\n', '5\r\nhello\r\n'],
  longest: 16_384,
  // What runs depends on how packets come.
  guided: false,
  open: async () => {
    const run = new ConnectionRun(http1);
    await run.start();
    return run;
  },
};

/** What the client of a connection speaks. */
export interface Speech {
  /** Sent before the input. */
  readonly greeting: Buffer;
  /** Exchanges that an input can make at most. */
  readonly mostExchanges: (input: Buffer) => number;
  /** Final answers that came. */
  readonly answers: (input: Buffer, received: Buffer) => number;
  /** A request with the body `ok`, which the server sends back. */
  readonly next: Buffer;
  /** Its answer has come. */
  readonly isAnswered: (received: Buffer) => boolean;
}

const http1: Speech = {
  greeting: Buffer.alloc(0),
  // A head has an end; of those refused before it, there is one.
  mostExchanges: (input) => input.toString('latin1').split('\r\n\r\n').length,
  // An answer to HEAD has no body, whatever it says.
  answers: (input, received) => (input.includes('HEAD') ? 0 : answersIn(received.toString('latin1'))),
  next: Buffer.from('POST /steady HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'),
  isAnswered: (received) => received.toString('latin1').endsWith('\r\nok\r\n0\r\n\r\n'),
};

/** One proxy, before a server that does what it likes and one that answers, with one client after the other. */
export class ConnectionRun implements Session {
  readonly #speech: Speech;
  readonly #odd = new OddOrigin(new Random(1));
  readonly #steady = net.createServer((socket) => {
    socket.on('error', () => undefined);
    let received = '';
    socket.on('data', (bytes: Buffer) => {
      received += bytes.toString('latin1');
      const body = readChunksNaively(received.slice(received.indexOf('\r\n\r\n') + 4), {
        extensionBytes: 0,
        trailerBytes: 0,
      });
      if (typeof body === 'string') return;
      received = '';
      socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n${body.payload}\r\n0\r\n\r\n`);
    });
  });
  readonly #uncaught: unknown[] = [];
  readonly #note = (error: unknown): void => void this.#uncaught.push(error);
  #proxy!: ProxyUnderTest;

  constructor(speech: Speech) {
    this.#speech = speech;
  }

  async start(): Promise<void> {
    process.on('uncaughtException', this.#note).on('unhandledRejection', this.#note);
    await this.#odd.start();
    await new Promise<void>((resolve) => void this.#steady.listen(0, '127.0.0.1', resolve));
    const { port } = this.#steady.address() as net.AddressInfo;
    this.#proxy = await ProxyUnderTest.start(specOf(this.#odd, port));
  }

  async check(input: Buffer, random: Random): Promise<void> {
    this.#odd.random = random;
    const before = this.#proxy.status.exchangesTotal;
    const answers = await this.#play(input, random);
    const exchanges = this.#proxy.status.exchangesTotal - before;
    assert.ok(answers <= exchanges, `${answers} answers to ${exchanges} exchanges`);
    const most = this.#speech.mostExchanges(input);
    assert.ok(exchanges <= most, `${exchanges} exchanges of at most ${most} requests`);
    this.#checkFailures();
    await this.#checkNext();
  }

  async close(): Promise<void> {
    process.off('uncaughtException', this.#note).off('unhandledRejection', this.#note);
    const { exchangesTotal } = this.#proxy.status;
    try {
      await this.#proxy.stop();
      const ids = this.#proxy.log.read().map(({ id }) => id);
      assert.equal(ids.length, exchangesTotal, 'lines of the log, one for each exchange');
      assert.equal(new Set(ids).size, ids.length, 'exchanges that were logged twice');
    } finally {
      await this.#proxy.discard();
      await this.#odd.stop();
      await new Promise<void>((resolve) => void this.#steady.close(() => resolve()));
    }
  }

  /** Sends it in pieces, with pauses, and ends in some way. @returns how many final answers came. */
  async #play(input: Buffer, random: Random): Promise<number> {
    const client = await this.#connect();
    const received = new ByteQueue();
    client.on('data', (bytes: Buffer) => received.push(bytes));
    if (this.#speech.greeting.length > 0) client.write(this.#speech.greeting);
    await send(client, input, random);
    const halfClosed = random.oneIn(3);
    if (halfClosed) client.end();
    if (random.oneIn(4)) resetSocket(client);
    for (let length = -1; length !== received.length && !client.destroyed;) {
      length = received.length;
      await turns(6);
    }
    if (!client.destroyed) resetSocket(client);
    await this.#settle(halfClosed);
    return this.#speech.answers(input, received.peek());
  }

  /** Nothing is left of what the client asked for. */
  async #settle(halfClosed: boolean): Promise<void> {
    const proxy = this.#proxy;
    await until(`an end of the connection (${halfClosed ? 'half closed' : 'reset'})`, () => {
      // Behind a FIN nobody is told of a reset: such an exchange lasts until its server is done or takes too long.
      if (halfClosed) this.#odd.hangUp();
      return proxy.status.connections === 0 && proxy.status.exchanges === 0;
    });
    await until('idle server connections', () => proxy.serverConnections.open === proxy.serverConnections.idle);
  }

  async #connect(): Promise<net.Socket> {
    const client = net.connect({ host: '127.0.0.1', port: this.#proxy.port(), allowHalfOpen: true, noDelay: true });
    client.on('error', () => undefined);
    await until('a connection', () => !client.connecting);
    return client;
  }

  #checkFailures(): void {
    assert.deepEqual(this.#odd.failures.splice(0), [], 'requests that the server got');
    assert.deepEqual(this.#uncaught.splice(0), [], 'thrown out of an event handler');
    const errors = this.#proxy.messages.splice(0).filter((message) => message.startsWith('error'));
    assert.deepEqual(errors, [], 'messages of level error');
  }

  /** The next client is served. */
  async #checkNext(): Promise<void> {
    const client = await this.#connect();
    const received = new ByteQueue();
    client.on('data', (bytes: Buffer) => received.push(bytes));
    client.write(Buffer.concat([this.#speech.greeting, this.#speech.next]));
    await until('an answer to the next client', () => this.#speech.isAnswered(received.peek()));
    resetSocket(client);
    await until('an end of the next client', () => this.#proxy.status.connections === 0);
  }
}

function specOf(odd: OddOrigin, steadyPort: number): PlanSpec {
  const limit: FeaturePlan = { name: 'body-limit', config: { max: 1000, exceptions: [] } };
  const side = { memory: 1024, disk: 4096 };
  const buffer: FeaturePlan = {
    name: 'buffer',
    config: { request: side, response: side, total: 100_000, path: '/tmp' },
  };
  return {
    pools: { odd: { servers: [odd] }, steady: { servers: [{ kind: 'tcp', host: '127.0.0.1', port: steadyPort }] } },
    // Who has closed its side gives no more windows: by HTTP/2 its answers wait until that is too long.
    timeouts: { writeMs: 500 },
    limits: { headBytes: 4096, lineBytes: 1024, fields: 30, trailerBytes: 512, chunkExtensionBytes: 64 },
    routes: [
      { path: '=/steady', pool: 'steady' },
      { path: '/b/', pool: 'odd', more: { middleware: [buffer] } },
      { path: '/l/', pool: 'odd', more: { middleware: [limit] } },
      {
        path: '/',
        pool: 'odd',
        more: { translate: { locations: true, cookies: true, names: [], blockNtlm: true, blockNegotiate: true } },
      },
    ],
  };
}

async function send(client: net.Socket, input: Buffer, random: Random): Promise<void> {
  for (const piece of piecesOf(input, random)) {
    if (client.destroyed || random.oneIn(200)) break;
    client.write(piece);
    if (random.oneIn(3)) await turns(1 + random.int(3));
    if (random.oneIn(40)) client.pause();
    if (random.oneIn(10)) client.resume();
  }
  client.resume();
}

/** Looks at every turn of the event loop: most things have come by the next one. */
async function until(what: string, holds: () => boolean): Promise<void> {
  for (const end = performance.now() + patienceMs; performance.now() < end; await turns(1)) if (holds()) return;
  assert.fail(`never came: ${what}`);
}
