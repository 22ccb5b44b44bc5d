import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import type { LogLine } from '../harness/access-lines.ts';
import { readAnswer, statusOf } from '../harness/message.ts';
import type { Place } from '../harness/plan-of.ts';
import { RawPeer } from '../harness/raw-peer.ts';
import { ok, RawServer, serve, type Script } from '../harness/raw-server.ts';
import { get } from '../harness/requests.ts';
import { patienceMs, until } from '../harness/until.ts';
import { FullBacklog } from './full-backlog.ts';
import { ProxyApart, serverConnections } from './proxy-apart.ts';

/** Clients of the broken server at once. */
const count = 30;

/** Of the pool of the broken server: of what is to be waited for in vain. All its other waits are long. */
const waitMs = 500;
const longMs = 60_000;

/** What is waited for in vain. */
type Wait = 'connectMs' | 'firstByteMs' | 'idleMs';

/** More than what is on its way for so many clients, and much less than what their servers or they send. */
const memoryBytes = 60_000_000;

interface Broken {
  readonly name: string;
  readonly server: Script;
  /** Default: a GET. */
  readonly send?: (client: RawPeer, path: string) => void;
  readonly reason: string;
  readonly status: number;
  /** Default: nothing. */
  readonly wait?: Wait;
  /** The proxy expects TLS. */
  readonly secure?: true;
}

const megabytes = Buffer.alloc(10_000_000, 'x');
const informational = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n';

const never: Script = () => {};

/** Sends this for as long as it is taken. */
const endless =
  (beginning: string, bytes: string): Script =>
  async (peer) => {
    peer.send(beginning);
    const piece = Buffer.from(bytes.repeat(Math.ceil(60_000 / bytes.length)));
    while (peer.ending === 'open' && !peer.socket.destroyed) await peer.pour(piece);
  };

/** Sends this bit by bit. */
const drips =
  (beginning: string, bytes: string): Script =>
  async (peer) => {
    peer.send(beginning);
    const timer = setInterval(() => peer.send(bytes), 40);
    peer.sink = () => {};
    await peer.closed().finally(() => clearInterval(timer));
  };

function upload(client: RawPeer, path: string): void {
  client.send(`PUT ${path} HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${megabytes.length}\r\n\r\n`);
  client.send(megabytes);
}

const broken: readonly Broken[] = [
  {
    name: 'never reads',
    server: (peer) => peer.stall(),
    send: upload,
    reason: 'server-write-timeout',
    status: 504,
    wait: 'idleMs',
  },
  { name: 'never answers', server: never, reason: 'server-timeout', status: 504, wait: 'firstByteMs' },
  {
    name: 'reads all of a body and never answers',
    server: (peer) => void (peer.sink = () => {}),
    send: upload,
    reason: 'server-timeout',
    status: 504,
    wait: 'firstByteMs',
  },
  {
    name: 'answers a byte of the head at a time',
    server: drips('HTTP/1.1 200 O', 'K'),
    reason: 'server-timeout',
    status: 504,
    wait: 'firstByteMs',
  },
  {
    name: 'falls silent in its answer',
    server: (peer) => void peer.send('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab'),
    reason: 'server-idle-timeout',
    status: 200,
    wait: 'idleMs',
  },
  {
    name: 'is silent in the handshake',
    server: never,
    secure: true,
    reason: 'server-connect-timeout',
    status: 504,
    wait: 'connectMs',
  },
  {
    name: 'sends a byte of the handshake at a time',
    // A record of 16 kB, of which the header comes first.
    server: drips('\x16\x03\x03\x40\x00', '\x02'),
    secure: true,
    reason: 'server-connect-timeout',
    status: 504,
    wait: 'connectMs',
  },
  {
    name: 'sends garbage in the handshake',
    server: endless('', '\x99'),
    secure: true,
    reason: 'server-tls-failed',
    status: 502,
  },
  {
    name: 'sends a head without end',
    server: endless('HTTP/1.1 200 OK\r\n', 'X-A: b\r\n'),
    reason: 'server-junk',
    status: 502,
  },
  { name: 'sends a line without end', server: endless('HTTP/1.1 200 OK\r\n', 'x'), reason: 'server-junk', status: 502 },
  { name: 'sends a 103 again and again', server: endless('', informational), reason: 'server-junk', status: 502 },
  {
    name: 'sends a byte of a 103 at a time',
    server: drips('HTTP/1.1 103 Early Hints\r\nLink: <', 'a'),
    reason: 'server-timeout',
    status: 504,
    wait: 'firstByteMs',
  },
  {
    name: 'sends trailers without end',
    server: endless('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n', 'X-A: b\r\n'),
    reason: 'server-junk',
    status: 200,
  },
  {
    name: 'sends an extension of a chunk without end',
    server: endless('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=', 'x'),
    reason: 'server-junk',
    status: 200,
  },
];

/** What a test has started; all of it ends with the test. */
class Stage {
  readonly proxy: ProxyApart;
  readonly #clients: RawPeer[] = [];
  readonly #endings: (() => unknown)[] = [];

  private constructor(proxy: ProxyApart) {
    this.proxy = proxy;
  }

  /** A proxy with a broken server at `/bad/`, and one that is not at all other paths. */
  static async start(bad: Place, { secure, wait }: Pick<Broken, 'secure' | 'wait'>): Promise<Stage> {
    const good = await RawServer.start(serve(() => ok()));
    const long = { connectMs: longMs, firstByteMs: longMs, idleMs: longMs };
    const timeouts = wait === undefined ? long : { ...long, [wait]: waitMs };
    const proxy = await ProxyApart.start({
      pools: { good: { servers: [good] }, bad: { servers: [bad], secure: secure === true, timeouts } },
      routes: [{}, { path: '/bad/', pool: 'bad' }],
    });
    const stage = new Stage(proxy);
    stage.after(() => good.stop());
    return stage;
  }

  after(ending: () => unknown): void {
    this.#endings.push(ending);
  }

  async client(): Promise<RawPeer> {
    const client = new RawPeer(net.connect({ host: '127.0.0.1', port: this.proxy.port(), allowHalfOpen: true }));
    this.#clients.push(client);
    await until('a connection to the proxy', () => !client.socket.connecting);
    return client;
  }

  /** Many clients ask the broken server, while another goes on asking the good one. @returns what the log says of them. */
  async ask(send: NonNullable<Broken['send']>): Promise<readonly LogLine[]> {
    const before = await this.proxy.memory();
    const clients = await Promise.all(Array.from({ length: count }, () => this.client()));
    for (const [i, client] of clients.entries()) {
      client.sink = () => {};
      send(client, `/bad/${i}`);
    }
    const ends: LogLine[] = [];
    const other = await this.client();
    for (const end = performance.now() + patienceMs; ends.length < count;) {
      assert.ok(performance.now() < end, `only ${ends.length} of ${count} came to an end`);
      other.send(get('/good'));
      assert.equal(statusOf(await readAnswer(other)), 200);
      const grown = (await this.proxy.memory()) - before;
      assert.ok(grown < memoryBytes, `${grown} bytes more memory for ${count} clients`);
      ends.push(...this.proxy.newLines().filter(({ path }) => path.startsWith('/bad/')));
      await pause(10);
    }
    return ends;
  }

  /** Nothing may be left when the clients have gone. */
  async quiet(): Promise<void> {
    for (const client of this.#clients) client.reset();
    let status = await this.proxy.status();
    const over = (): boolean => status.connections === 0 && serverConnections(status) <= 1; // That to the good server.
    for (const end = performance.now() + patienceMs; !over() && performance.now() < end; await pause(10))
      status = await this.proxy.status();
    assert.ok(over(), JSON.stringify(status));
    assert.deepEqual(await this.proxy.errors(), []);
  }

  async end(): Promise<void> {
    for (const client of this.#clients) client.reset();
    for (const ending of this.#endings) await ending();
    await this.proxy.stop();
  }
}

async function check(stage: Stage, { send, reason, status }: Broken): Promise<void> {
  try {
    const ends = await stage.ask(send ?? ((client, path) => client.send(get(path))));
    assert.deepEqual(new Set(ends.map((line) => `${line.reason} ${line.status}`)), new Set([`${reason} ${status}`]));
    await stage.quiet();
    assert.equal(ends.length + stage.proxy.newLines().filter(({ path }) => path !== '/good').length, count);
  } finally {
    await stage.end();
  }
}

for (const each of broken) {
  void test(`a server that ${each.name} ends in ${each.reason}, and hurts nobody else`, async () => {
    const bad = await RawServer.start(each.server);
    const stage = await Stage.start(bad.place, each);
    stage.after(() => bad.stop());
    await check(stage, each);
    assert.deepEqual(bad.failures, []);
  });
}

void test('a server whose backlog is full ends in server-connect-timeout, and hurts nobody else', async () => {
  const full = await FullBacklog.start();
  const stage = await Stage.start(full.place, { wait: 'connectMs' });
  stage.after(() => full.stop());
  await check(stage, { name: '', server: never, reason: 'server-connect-timeout', status: 504 });
});

void test('a body of which a byte comes at a time is no fault: it goes on as it comes, until nothing does for `idle`', async () => {
  const bytes = 30;
  const more = Array.from({ length: bytes }, () => Promise.withResolvers<void>());
  const bad = await RawServer.start(async (peer) => {
    peer.send('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n');
    for (const { promise } of more) {
      await promise;
      peer.send('x');
    }
    await peer.ended();
  });
  const stage = await Stage.start(bad.place, {});
  stage.after(() => bad.stop());
  try {
    const client = await stage.client();
    client.send(get('/bad/'));
    await client.takeThrough('\r\n\r\n');
    for (const { resolve } of more) {
      await stage.proxy.turnClock(longMs / 2); // All together far more than `idle`.
      resolve();
      await client.takeBytes(1);
    }
    for (
      const end = performance.now() + patienceMs;
      client.ending === 'open' && performance.now() < end;
      await pause(3)
    )
      await stage.proxy.turnClock(longMs);
    assert.equal((await client.takeRest()).length, 0);
    let lines: LogLine[] = [];
    await until('a line', () => (lines = stage.proxy.newLines()).length > 0);
    assert.deepEqual([lines[0]!.reason, lines[0]!.bytesOut], ['server-idle-timeout', bytes]);
  } finally {
    await stage.end();
  }
});
