// Uploads of all sizes at once, which servers take, answer early or break off, and clients give up: what is let be must be whole, and a
// connection that was not said to end must take the next request. `STORM=12000` is a longer run.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

import { http2Server, type StreamScript } from '../harness/http2-server.ts';
import { proxyTest, type World } from '../harness/proxy-test.ts';

const EXCHANGES = Number(process.env['STORM'] ?? 800);
const AT_ONCE = 24;
const LARGEST = 600_000;

/** Numbers that are the same each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What a server does with a request, and the client with it. */
const ways = ['echo', 'late', 'early', 'break', 'give-up', 'echo', 'late'] as const;
type Way = (typeof ways)[number];

const onRequest: http.RequestListener = (request, response) => {
  for (const each of [request, response]) each.on('error', () => {});
  const way = request.url?.slice(1) as Way;
  if (way === 'early') response.writeHead(413).end('too much');
  else if (way === 'break') request.once('data', () => request.socket.resetAndDestroy());
  else if (way === 'echo') request.pipe(response);
  else void sendBack(request, response);
};

async function sendBack(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  response.end(await buffer(request).catch(() => ''));
}

async function http1Server(world: World): Promise<number> {
  // An idle connection that it closes could meet a request that cannot be sent again.
  const server = http.createServer({ keepAliveTimeout: 0 }, onRequest);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  world.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const onStream: StreamScript = (stream, head) => {
  const way = head[':path']?.slice(1) as Way;
  if (way === 'break') {
    stream.once('data', () => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR));
    return;
  }
  stream.respond({ ':status': way === 'early' ? 413 : 200 });
  if (way === 'early') stream.end('too much');
  else if (way === 'echo') stream.pipe(stream);
  else
    buffer(stream).then(
      (bytes) => stream.end(bytes),
      () => {},
    );
};

function hashOf(bytes: Buffer): string {
  return createHash('sha1').update(bytes).digest('hex');
}

interface Asked {
  readonly way: Way;
  readonly host: string;
  readonly body: Buffer;
  readonly chunked: boolean;
}

class Storm {
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: AT_ONCE });
  readonly #port: number;
  readonly #next = random(11);
  readonly done = new Map<string, number>();
  readonly wrong: string[] = [];

  constructor(port: number, world: World) {
    this.#port = port;
    world.after(() => this.#agent.destroy());
  }

  async one(): Promise<void> {
    const next = this.#next;
    const size = next() < 0.5 ? Math.floor(next() * 5000) : Math.floor(next() * LARGEST);
    const way = ways[Math.floor(next() * ways.length)]!;
    const host = next() < 0.5 ? 'h1.test' : 'h2.test';
    // A server that breaks off at the first byte needs one.
    const asked = { way, host, body: Buffer.alloc(size + 1, `${size} `), chunked: next() < 0.5 };
    const found = await this.#ask(asked).catch((error: Error) => error.message);
    if (!this.#expected(asked, found)) this.wrong.push(`${way} ${host} ${size} chunked ${asked.chunked}: ${found}`);
    this.done.set(way, (this.done.get(way) ?? 0) + 1);
  }

  #expected({ way, body }: Asked, found: string): boolean {
    if (way === 'give-up') return true;
    if (way === 'early') return found === `413 ${hashOf(Buffer.from('too much'))}`;
    if (way === 'break') return found.startsWith('502 ');
    return found === `200 ${hashOf(body)}`;
  }

  async #ask({ way, host, body, chunked }: Asked): Promise<string> {
    const framing = chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': body.length };
    const request = http.request({
      port: this.#port,
      host: '127.0.0.1',
      path: `/${way}`,
      method: 'POST',
      agent: this.#agent,
      headers: { host, ...framing },
    });
    const answered = once(request, 'response') as Promise<[http.IncomingMessage]>;
    answered.catch(() => {});
    const written = this.#write(request, body, way === 'give-up');
    if (way === 'give-up') {
      await written;
      return 'given up';
    }
    const [response] = await answered;
    const bytes = await buffer(response);
    await written; // Who goes on before has not the connection to go on with.
    return `${response.statusCode} ${hashOf(bytes)}`;
  }

  /** In pieces, with a pause now and then; nothing more where the answer has said that the connection ends. */
  async #write(request: http.ClientRequest, body: Buffer, giveUp: boolean): Promise<void> {
    request.on('error', () => {});
    const next = this.#next;
    for (let at = 0; at < body.length && !request.destroyed;) {
      const to = at + 1 + Math.floor(next() * 60_000);
      const room = request.write(body.subarray(at, to));
      at = to;
      if (giveUp && next() < 0.3) break;
      if (!room) await Promise.race([once(request, 'drain'), once(request, 'close'), pause(1000)]).catch(() => {});
      if (next() < 0.05) await pause(next() * 10);
    }
    if (giveUp) request.destroy();
    else request.end();
  }
}

proxyTest(
  'a storm of uploads that end in all ways: no byte is wrong, and no request is lost behind another',
  async (world) => {
    const [h1, h2] = [await http1Server(world), await http2Server(world, onStream, { maxSessionMemory: 1000 })];
    const proxy = await world.proxy({
      pools: {
        h1: { servers: [{ kind: 'tcp', host: '127.0.0.1', port: h1 }] },
        h2: { servers: [h2.place], protocol: { version: 'http2' } },
      },
      pool: { retries: { attempts: 0 } },
      routes: [
        { host: 'h1.test', pool: 'h1' },
        { host: 'h2.test', pool: 'h2' },
      ],
    });
    const storm = new Storm(proxy.port(), world);
    let left = EXCHANGES;
    const worker = async (): Promise<void> => {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      while (left-- > 0) await storm.one();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    assert.deepEqual(storm.wrong, []);
    assert.deepEqual([...storm.done.keys()].toSorted(), [...new Set(ways)].toSorted());
  },
);
