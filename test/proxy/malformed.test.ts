import assert from 'node:assert/strict';

import { readAnswer, statusOf, textOf, valueOf } from '../harness/message.ts';
import { proxyTest } from '../harness/proxy-test.ts';
import { ok, serve } from '../harness/raw-server.ts';
import { get } from '../harness/requests.ts';

// What becomes of each malformed request stands in test/corpus; here is what its format cannot say.

proxyTest('for a request that is refused by its head no connection to a server is opened', async (world) => {
  const { proxy, server } = await world.proxyTo(serve(() => ok('leaked')));
  for (const fields of ['Host: b.test\r\n', 'Content-Length: 1\r\nTransfer-Encoding: chunked\r\n', 'X : y\r\n']) {
    const client = await world.send(proxy, get('/', fields) + get('/hidden'));
    const answer = await readAnswer(client);
    assert.equal(statusOf(answer), 400, textOf(answer));
    assert.equal(valueOf(answer, 'connection'), 'close');
    assert.equal((await client.takeRest()).length, 0);
    assert.equal(client.ending, 'fin');
  }
  assert.equal(server.peers.length, 0);
});

proxyTest('a refused request behind a good one waits for the answer to that one', async (world) => {
  let release = (): void => {};
  const held = new Promise<string>((resolve) => (release = () => resolve(ok('good'))));
  const { proxy, server } = await world.proxyTo(serve(() => held));
  const client = await world.send(proxy, `${get('/')}${get('/', 'Host: a.test\r\n')}${get('/hidden')}`);
  release();
  assert.equal(textOf(await readAnswer(client)), 'good');
  assert.equal(statusOf(await readAnswer(client)), 400);
  assert.equal((await client.takeRest()).length, 0);
  assert.equal(server.requests.length, 1);
});
