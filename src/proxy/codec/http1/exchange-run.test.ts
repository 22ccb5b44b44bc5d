import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProxyError } from '../../../core/errors.ts';
import { HandSource, headersOf, KeepSink, turns, until, withNet, type Net } from '../../fixtures.test.ts';
import { pattern } from '../../pattern.test.ts';
import { answer, get, open, post, textAnswer, type Handled, type Setting, type World } from './fixtures.test.ts';

const failure = new ProxyError('server-closed', 'Cannot');

/** A connection on which this request is being worked on. */
async function working(
  net: Net,
  request: string | Buffer,
  setting: Setting = {},
): Promise<{ world: World; handled: Handled }> {
  const world = await open(net, setting);
  world.peer.write(request);
  await until(() => world.handler.handled.length === 1);
  return { world, handled: world.handler.handled[0]! };
}

const reasons = (world: World): (string | undefined)[] => world.handler.finishedOnes.map((each) => each.reason);

test('the first answer counts; the body of a second one is cancelled', async () => {
  await withNet(async (net) => {
    const { world, handled } = await working(net, get('/a'));
    handled.reply.respond(textAnswer('first'));
    const source = new HandSource();
    handled.reply.respond(answer({ body: source }));
    handled.reply.fail(failure);
    handled.reply.inform(103, headersOf());
    await world.got.until('first');
    await turns();
    assert.equal(world.got.text.split('HTTP/1.1 ').length, 2);
    assert.deepEqual(source.events, ['cancel internal-error']);
    assert.deepEqual(reasons(world), [undefined]);
    assert.equal(world.got.ended, false);
  });
});

test('a second answer while the first flows is refused and does not disturb it', async () => {
  await withNet(async (net) => {
    const { world, handled } = await working(net, get('/a'));
    const first = new HandSource(6);
    const second = new HandSource(6);
    handled.reply.respond(answer({ body: first }));
    first.sink!.write(Buffer.from('abc'));
    handled.reply.respond(answer({ body: second }));
    first.sink!.write(Buffer.from('def'));
    first.sink!.end();
    await world.got.until('abcdef');
    assert.deepEqual(second.events, ['cancel internal-error']);
    assert.equal(world.handler.finishedOnes[0]!.bytesOut, 6);
    assert.equal(world.handler.finishedOnes[0]!.status, 200);
  });
});

test('an exchange that nobody answers ends with its client: 499, its worker told once', async () => {
  await withNet(async (net) => {
    const { world, handled } = await working(net, get('/a'));
    world.env.pass(600_000);
    await turns();
    assert.equal(world.ours.destroyed, false, 'the steps behind have their own limits');
    world.peer.resetAndDestroy();
    await until(() => world.closes.length === 1);
    assert.deepEqual(handled.aborted, ['client-abort']);
    assert.deepEqual(
      world.handler.finishedOnes.map(({ status, reason }) => [status, reason]),
      [[499, 'client-abort']],
    );
    const late = new HandSource();
    handled.reply.respond(answer({ body: late }));
    handled.reply.fail(failure);
    assert.deepEqual(late.events, ['cancel internal-error']);
    assert.equal(world.handler.finishedOnes.length, 1);
  });
});

test('a client that goes within the answer stops its source and its worker, once each', async () => {
  await withNet(async (net) => {
    const { world, handled } = await working(net, get('/a'));
    const source = new HandSource();
    handled.reply.respond(answer({ body: source }));
    source.sink!.write(Buffer.from('abc'));
    source.sink!.flush();
    await world.got.until('abc');
    world.peer.resetAndDestroy();
    await until(() => world.closes.length === 1);
    source.sink!.write(Buffer.from('late'));
    source.sink!.end();
    assert.deepEqual(source.events, ['start', 'cancel client-abort']);
    assert.deepEqual(handled.aborted, ['client-abort']);
    assert.deepEqual(
      world.handler.finishedOnes.map(({ status, bytesOut }) => [status, bytesOut]),
      [[200, 3]],
    );
  });
});

test('an answer that breaks off is cut off by a reset, so that it is not taken for whole', async () => {
  await withNet(async (net) => {
    for (const fails of ['source', 'reply'] as const) {
      const { world, handled } = await working(net, get('/a'));
      const source = new HandSource();
      handled.reply.respond(answer({ body: source }));
      source.sink!.write(Buffer.from('abc'));
      source.sink!.flush();
      await world.got.until('abc');
      if (fails === 'source') source.sink!.abort(failure);
      else handled.reply.fail(failure);
      await until(() => world.got.closed && world.closes.length === 1);
      assert.deepEqual(world.got.errors, ['ECONNRESET']);
      assert.deepEqual(reasons(world), ['server-closed']);
      assert.ok(!world.got.text.includes('0\r\n\r\n'));
    }
  });
});

test('1xx go to a client that can take them, waiting for a 100 or not', async () => {
  const expecting = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n';
  const cases: readonly (readonly [string, number, boolean])[] = [
    [get('/'), 103, true],
    [get('/'), 100, true],
    [expecting, 100, true],
    [expecting.replace('1.1', '1.0'), 100, false],
    ['GET / HTTP/1.0\r\nHost: a\r\n\r\n', 103, false],
  ];
  await withNet(async (net) => {
    for (const [request, status, passes] of cases) {
      const { world, handled } = await working(net, request);
      handled.reply.inform(status, headersOf(['Link', '</x>']));
      handled.reply.respond(textAnswer('done'));
      handled.reply.inform(status, headersOf());
      await world.got.until('done');
      assert.equal(world.got.text.startsWith(`HTTP/1.1 ${status} `), passes, `${status} ${request}`);
      assert.equal(world.got.text.split('HTTP/1.1 ').length, passes ? 3 : 2);
    }
  });
});

test('a request body reaches its sink byte for byte, at the pace of the sink', async () => {
  await withNet(async (net) => {
    const body = pattern(3_000_000);
    const { world, handled } = await working(net, Buffer.concat([Buffer.from(post('/a', '', body.length)), body]));
    const sink = new KeepSink();
    sink.ready = false;
    handled.exchange.body!.start(sink);
    await turns(50);
    const first = sink.bytes.length;
    assert.ok(first > 0 && first < 300_000, `${first} bytes came although the sink waits`);
    assert.equal(sink.events.filter((event) => event === 'write').length, 1);
    while (sink.bytes.length < body.length) {
      const before = sink.bytes.length;
      handled.exchange.body!.resume();
      await until(() => sink.bytes.length > before);
    }
    await until(() => sink.events.includes('end'));
    assert.ok(sink.bytes.equals(body));
    handled.reply.respond(textAnswer('done'));
    await world.got.until('done');
    assert.equal(world.handler.finishedOnes[0]!.bytesIn, body.length);
  });
});

test('what a client sends ahead of a body that nobody reads is bounded', async () => {
  await withNet(async (net) => {
    const { world, handled } = await working(net, post('/a', '', 50_000_000), { kind: 'unix' });
    world.peer.write(Buffer.alloc(20_000_000));
    await turns(100);
    assert.ok(world.peer.writableLength > 15_000_000);
    assert.equal(handled.exchange.body!.length, 50_000_000);
  });
});

test('a small body that nobody wants is dropped and the connection goes on; of a large one the answer says that we close', async () => {
  await withNet(async (net) => {
    const small = await working(net, post('/a', 'abc', 10));
    small.handled.reply.respond(textAnswer('one'));
    await small.world.got.until('one');
    assert.equal(small.world.handler.finishedOnes.length, 0, 'not before the request has been read');
    small.world.peer.write(`defghij${get('/b')}`);
    await until(() => small.world.handler.handled.length === 2);
    small.world.handler.handled[1]!.reply.respond(textAnswer('two'));
    await small.world.got.until('two');
    assert.ok(!small.world.got.text.includes('Connection: close'));
    for (const request of [
      post('/a', 'abc', 70_000),
      'POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
      'POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n',
    ]) {
      const { world, handled } = await working(net, request);
      handled.reply.respond(textAnswer('one'));
      await until(() => world.got.ended);
      assert.match(world.got.text, /\r\nConnection: close\r\n[^]*one$/, request);
      assert.equal(world.handler.finishedOnes.length, 1);
    }
  });
});

test('a client whose dropped body breaks off is not sent an answer for ever', async () => {
  await withNet(async (net) => {
    const { world, handled } = await working(net, post('/a', 'abc', 10));
    world.peer.end();
    await until(() => world.connection.inputEnded);
    const source = new HandSource();
    handled.reply.respond(answer({ body: source }));
    await until(() => world.handler.finishedOnes.length === 1);
    await turns();
    const stopped = source.events.some((event) => event.startsWith('cancel'));
    assert.ok(stopped || !world.ours.destroyed, `the socket has gone, the source heard: ${source.events.join()}`);
  });
});

test('a source that is cancelled within the answer hears it once, whoever else speaks meanwhile', async () => {
  await withNet(async (net) => {
    const { world, handled } = await working(net, get('/a'));
    const source = new HandSource();
    source.during = (event) => {
      if (event === 'start') return;
      source.sink!.write(Buffer.from('x'));
      source.sink!.end();
      source.sink!.abort(failure);
      handled.reply.fail(failure);
      handled.reply.respond(textAnswer('no'));
    };
    handled.reply.respond(answer({ body: source }));
    handled.reply.fail(failure);
    await until(() => world.closes.length === 1);
    assert.deepEqual(source.events, ['start', 'cancel server-closed']);
    assert.deepEqual(reasons(world), ['server-closed']);
    assert.deepEqual(world.env.bugs, []);
  });
});

test('a request body that is cancelled by its reader ends the connection with the answer', async () => {
  await withNet(async (net) => {
    const { world, handled } = await working(net, post('/a', 'abc', 10));
    const sink = new KeepSink();
    sink.during = () => handled.exchange.body!.cancel(failure);
    handled.exchange.body!.start(sink);
    await until(() => sink.events.length > 0);
    handled.reply.respond(textAnswer('one'));
    await until(() => world.got.ended);
    assert.match(world.got.text, /Connection: close/);
    assert.deepEqual(sink.events, ['write']);
    assert.equal(world.handler.finishedOnes.length, 1);
  });
});

test('an answer that is whole before its request says that it closes, and does', async () => {
  await withNet(async (net) => {
    const { world, handled } = await working(net, post('/a', 'abc', 6));
    handled.exchange.body!.start(new KeepSink());
    handled.reply.respond(textAnswer('early'));
    await until(() => world.got.ended);
    assert.match(world.got.text, /\r\nConnection: close\r\n/);
    world.peer.write(`def${get('/b')}`);
    world.peer.end();
    await until(() => world.peer.destroyed);
    assert.equal(world.handler.handled.length, 1);
  });
});

test('an answer without a length that goes along with its request is followed by the next', async () => {
  await withNet(async (net) => {
    const { world, handled } = await working(net, post('/a', 'abc', 6));
    const sink = new KeepSink();
    handled.exchange.body!.start(sink);
    const body = new HandSource();
    handled.reply.respond({ ...textAnswer(''), body });
    body.sink!.write(Buffer.from('early'));
    body.sink!.end(undefined);
    await world.got.until('early');
    assert.equal(world.handler.finishedOnes.length, 0);
    world.peer.write(`def${get('/b')}`);
    await until(() => world.handler.handled.length === 2);
    assert.equal(sink.bytes.toString(), 'abcdef');
    assert.equal(sink.events.at(-1), 'end');
  });
});
