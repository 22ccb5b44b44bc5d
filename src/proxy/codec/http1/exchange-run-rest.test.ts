import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BodySink } from '../../../core/body.ts';
import { ProxyError } from '../../../core/errors.ts';
import { HandSource, KeepSink, turns, until, withNet, type Net } from '../../fixtures.test.ts';
import { get, open, post, textAnswer, type World } from './fixtures.test.ts';

const failure = new ProxyError('server-closed', 'Cannot');

/** An answer without a length has begun, and its server reads no more of the request. */
async function answeredEarly(net: Net, request: string): Promise<{ world: World; answer: BodySink }> {
  const world = await open(net);
  world.peer.write(request);
  await until(() => world.handler.handled.length === 1);
  const handled = world.handler.handled[0]!;
  handled.exchange.body!.start(new KeepSink());
  const body = new HandSource();
  handled.reply.respond({ ...textAnswer(''), body });
  body.sink!.write(Buffer.from('begun'));
  body.sink!.flush();
  await world.got.until('begun');
  handled.exchange.body!.cancel(failure);
  return { world, answer: body.sink! };
}

test('where an answer did not say that it is the last, the rest of its request is dropped, and the next is served', async () => {
  await withNet(async (net) => {
    const { world, answer } = await answeredEarly(net, post('/a', 'abc', 6));
    answer.end(undefined);
    await world.got.until('0\r\n\r\n');
    assert.equal(world.handler.finishedOnes.length, 0);
    world.peer.write(`def${get('/b')}`);
    await until(() => world.handler.handled.length === 2);
    assert.equal(world.handler.finishedOnes[0]!.reason, undefined);
    assert.equal(world.handler.finishedOnes[0]!.bytesIn, 6);
  });
});

for (const [what, rest] of [
  ['is broken', (world: World) => world.peer.write('zz\r\n')],
  ['is cut off', (world: World) => world.peer.end()],
  ['does not come', (world: World) => world.env.pass(200_000)],
] as const) {
  test(`a rest that nobody wants and that ${what} costs no more than the connection`, async () => {
    await withNet(async (net) => {
      const chunked = 'POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n';
      const { world, answer } = await answeredEarly(net, chunked);
      rest(world);
      await turns(5);
      answer.write(Buffer.from('whole'));
      answer.end(undefined);
      await until(() => world.got.ended);
      assert.match(world.got.text, /begun\r\n5\r\nwhole\r\n0\r\n\r\n$/);
      assert.equal(world.handler.finishedOnes[0]!.reason, undefined);
    });
  });
}
