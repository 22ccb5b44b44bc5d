import assert from 'node:assert/strict';

import { readAnswer, statusOf, textOf, valueOf } from '../harness/message.ts';
import { proxyTest } from '../harness/proxy-test.ts';
import { serve } from '../harness/raw-server.ts';
import { get } from '../harness/requests.ts';

// What a pool makes of broken answers by default is in test/corpus/responses.

proxyTest('a lenient pool takes bare LF, and the client gets CRLF', async (world) => {
  const { proxy } = await world.proxyTo(
    serve(() => 'HTTP/1.1 200 OK\nContent-Length: 2\nX: 1\n\nok'),
    { pool: { lenient: true } },
  );
  const client = await world.send(proxy, get('/'));
  const answer = await readAnswer(client);
  assert.equal(textOf(answer), 'ok');
  assert.equal(valueOf(answer, 'x'), '1');
});

proxyTest('a lenient pool takes an empty line before an answer, and refuses what nobody should send', async (world) => {
  const answers = [
    '\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    'HTTP/1.1 200 OK\nContent-Length: 2\nTransfer-Encoding: chunked\n\n0\r\n\r\n',
    'HTTP/1.1 200 OK\nX: a\rb\nContent-Length: 2\n\nok',
  ];
  const { proxy } = await world.proxyTo(
    serve(() => answers.shift()!),
    { pool: { lenient: true } },
  );
  const client = await world.client(proxy);
  for (const status of [200, 502, 502]) {
    client.send(get('/'));
    assert.equal(statusOf(await readAnswer(client)), status);
  }
});
