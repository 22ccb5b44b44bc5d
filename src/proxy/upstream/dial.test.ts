import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { ReadBuffer } from '../../core/read-buffer.ts';
import { ProxyError } from '../../core/errors.ts';
import { turns, until, withNet, type Net } from '../fixtures.test.ts';
import { dial, type DialedSocket, type DialTarget } from './dial.ts';

interface Outcome {
  readonly results: (DialedSocket | ProxyError)[];
  readonly giveUp: () => void;
}

/** Dials; what connects goes with the test. */
function start(
  sockets: Net,
  address: DialTarget['address'],
  parts: Partial<DialTarget> = {},
  connected: (dialed: DialedSocket) => void = () => undefined,
): Outcome {
  const results: (DialedSocket | ProxyError)[] = [];
  let returned = false;
  const target = { address, sourceAddress: undefined, timeoutMs: 3000, buffer: new ReadBuffer(65_536), ...parts };
  const giveUp = dial(target, (result) => {
    assert.ok(returned, 'done was called before dial had returned');
    results.push(result);
    if (result instanceof ProxyError) return;
    sockets.keep(result.socket);
    connected(result);
  });
  returned = true;
  return { results, giveUp };
}

function codeOf({ results }: Outcome): string {
  assert.equal(results.length, 1);
  const [result] = results;
  return result instanceof ProxyError ? result.code : 'connected';
}

/** A port of loopback that nobody listens on. */
const deadPort = 1;

/**
 * Listens on a port in a thread that stands still, with a full queue: a connection to it gets no answer, as from a machine
 * that has been switched off.
 */
async function withDeaf(sockets: Net, port: number, body: () => Promise<void>): Promise<void> {
  const release = new Int32Array(new SharedArrayBuffer(4));
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    require('node:net').createServer().listen({ host: '127.0.0.2', port: workerData.port, backlog: 1 }, () => {
      parentPort.postMessage('listening');
      Atomics.wait(workerData.release, 0, 0, 20_000);
    });`;
  const worker = new Worker(code, { eval: true, workerData: { port, release } });
  await once(worker, 'message');
  // The kernel takes two that nobody accepts.
  const fillers = [1, 2, 3].map(() => sockets.keep(net.connect(port, '127.0.0.2')));
  await until(() => fillers.filter(({ connecting }) => !connecting).length === 2);
  try {
    await body();
  } finally {
    Atomics.store(release, 0, 1);
    Atomics.notify(release, 0);
    await worker.terminate();
  }
}

test('dial() connects, and the bytes go to whom the receiver set', async () => {
  await withNet(async (sockets) => {
    for (const kind of ['tcp', 'unix'] as const) {
      const place = await sockets.listen(kind, (socket) => socket.write('hello'));
      const { address } = place;
      let got = '';
      const to =
        address.kind === 'unix' ? address : { kind: 'tcp' as const, addresses: [address.host], port: address.port };
      const outcome = start(sockets, to, {}, (dialed) => {
        dialed.onBytes = (chunk) => {
          got += chunk.toString();
          return true;
        };
      });
      await until(() => got === 'hello');
      assert.equal(codeOf(outcome), 'connected');
      assert.equal(place.accepted.length, 1);
    }
  });
});

test('one socket is all that comes of a dial, and a later error of it does not call done again', async () => {
  await withNet(async (sockets) => {
    const place = await sockets.listen();
    const { address } = place;
    const outcome = start(sockets, {
      kind: 'tcp',
      addresses: ['127.0.0.1', '127.0.0.1', '127.0.0.1'],
      port: (address as { port: number }).port,
    });
    await until(() => outcome.results.length === 1);
    const { socket } = outcome.results[0] as DialedSocket;
    await until(() => place.accepted.length === 1);
    place.accepted[0]!.resetAndDestroy();
    await until(() => socket.closed);
    await turns();
    assert.equal(codeOf(outcome), 'connected');
    assert.equal(place.accepted.length, 1);
  });
});

test('nobody listens: server-refused; no unix socket: server-refused', async () => {
  await withNet(async (sockets) => {
    const refused = start(sockets, { kind: 'tcp', addresses: ['127.0.0.1'], port: deadPort });
    await until(() => refused.results.length === 1);
    assert.equal(codeOf(refused), 'server-refused');
    const nowhere = start(sockets, { kind: 'unix', path: '/nonexistent/postern/s' });
    await until(() => nowhere.results.length === 1);
    assert.equal(codeOf(nowhere), 'server-refused');
  });
});

test('an address that refuses is passed over at once, in whatever place; all refuse: the last error is told once', async () => {
  await withNet(async (sockets) => {
    // 127.0.0.2 has no listener on that port, 127.0.0.1 has.
    const place = await sockets.listen();
    const { port } = place.address as { port: number };
    for (const addresses of [
      ['127.0.0.2', '127.0.0.1'],
      ['127.0.0.2', '::1', '127.0.0.3', '127.0.0.1'],
      ['127.0.0.1', '127.0.0.2'],
    ]) {
      const outcome = start(sockets, { kind: 'tcp', addresses, port });
      await until(() => outcome.results.length === 1);
      assert.equal(codeOf(outcome), 'connected', addresses.join());
    }
    const dead = start(sockets, {
      kind: 'tcp',
      addresses: ['127.0.0.1', '127.0.0.2', '::1'],
      port: deadPort,
    });
    await until(() => dead.results.length === 1);
    await turns();
    assert.equal(codeOf(dead), 'server-refused');
  });
});

test('only addresses of the family of sourceAddress are tried, and from it', async () => {
  await withNet(async (sockets) => {
    const place = await sockets.listen();
    const { port } = place.address as { port: number };
    const outcome = start(
      sockets,
      { kind: 'tcp', addresses: ['::1', '127.0.0.1'], port },
      { sourceAddress: '127.0.0.9' },
    );
    await until(() => outcome.results.length === 1 && place.accepted.length === 1);
    assert.equal(codeOf(outcome), 'connected');
    assert.equal(place.accepted[0]!.remoteAddress, '127.0.0.9');
    const none = start(sockets, { kind: 'tcp', addresses: ['127.0.0.1'], port }, { sourceAddress: '::1' });
    assert.equal(none.results.length, 0);
    await until(() => none.results.length === 1);
    assert.equal(codeOf(none), 'server-unreachable');
    assert.match((none.results[0] as ProxyError).message, /family of sourceAddress/);
  });
});

test('a source address that this machine does not have is told as what it is', async () => {
  await withNet(async (sockets) => {
    const place = await sockets.listen();
    const { port } = place.address as { port: number };
    const outcome = start(sockets, { kind: 'tcp', addresses: ['127.0.0.1'], port }, { sourceAddress: '192.0.2.1' });
    await until(() => outcome.results.length === 1);
    assert.equal(codeOf(outcome), 'server-unreachable');
    assert.match(
      (outcome.results[0] as ProxyError).message,
      /this machine has no address 192\.0\.2\.1 \(sourceAddress\)$/,
    );
  });
});

test('giving up while it connects means that done is not called and nothing stays open', async () => {
  await withNet(async (sockets) => {
    const place = await sockets.listen();
    const { port } = place.address as { port: number };
    const targets: readonly DialTarget['address'][] = [
      { kind: 'tcp', addresses: ['127.0.0.1'], port },
      { kind: 'tcp', addresses: ['127.0.0.2', '127.0.0.1'], port },
      { kind: 'tcp', addresses: [], port },
      { kind: 'unix', path: '/nonexistent/postern/s' },
    ];
    for (const address of targets) {
      const outcome = start(sockets, address);
      outcome.giveUp();
      outcome.giveUp();
      await turns();
      assert.deepEqual(outcome.results, []);
    }
    await until(() =>
      place.accepted.every((socket) => socket.closed || socket.readableEnded || (socket.resume(), false)),
    );
  });
});

test('no timer outlives a dial, however it ends', async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  await withNet(async (sockets) => {
    const { port } = (await sockets.listen()).address as { port: number };
    await turns();
    const before = timers();
    const connected = start(sockets, { kind: 'tcp', addresses: ['127.0.0.1', '127.0.0.1'], port });
    const refused = start(sockets, { kind: 'tcp', addresses: ['127.0.0.2', '127.0.0.3'], port });
    start(sockets, { kind: 'tcp', addresses: ['127.0.0.1', '127.0.0.2'], port }).giveUp();
    await until(() => connected.results.length === 1 && refused.results.length === 1);
    await turns();
    assert.ok(timers() <= before, `${timers()} timers, ${before} before`);
  });
});

test('giving up after it connected does nothing to the socket', async () => {
  await withNet(async (sockets) => {
    const place = await sockets.listen();
    const { port } = place.address as { port: number };
    const outcome = start(sockets, { kind: 'tcp', addresses: ['127.0.0.1'], port });
    await until(() => outcome.results.length === 1);
    outcome.giveUp();
    await turns();
    assert.equal((outcome.results[0] as DialedSocket).socket.destroyed, false);
  });
});

test('an address that does not answer costs a short wait; all silent: server-connect-timeout', async () => {
  await withNet(async (sockets) => {
    const place = await sockets.listen();
    const { port } = place.address as { port: number };
    await withDeaf(sockets, port, async () => {
      const silent = start(sockets, { kind: 'tcp', addresses: ['127.0.0.2'], port }, { timeoutMs: 300 });
      const mixed = start(sockets, { kind: 'tcp', addresses: ['127.0.0.2', '127.0.0.3'], port }, { timeoutMs: 2000 });
      // Far from the others: it is given up before its time, which is over before that of `mixed` is.
      const given = start(sockets, { kind: 'tcp', addresses: ['127.0.0.2', '127.0.0.2'], port }, { timeoutMs: 1500 });
      const second = start(sockets, { kind: 'tcp', addresses: ['127.0.0.2', '127.0.0.1'], port });
      await until(() => second.results.length === 1);
      given.giveUp();
      assert.equal(codeOf(second), 'connected');
      assert.equal(place.accepted.length, 1);
      await until(() => silent.results.length === 1 && mixed.results.length === 1);
      assert.equal(codeOf(silent), 'server-connect-timeout');
      assert.equal(codeOf(mixed), 'server-connect-timeout');
      assert.match((mixed.results[0] as ProxyError).message, /another address: .*ECONNREFUSED/);
      await turns();
      assert.deepEqual(given.results, []);
      assert.equal(place.accepted.length, 1);
    });
  });
});
