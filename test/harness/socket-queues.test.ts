import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';

import { arrived, queuesOf } from './socket-queues.ts';

test('what was sent has arrived when the system of the other side has it, read or not', async (t) => {
  const server = net.createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[net.Socket]>;
  const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  const [other] = await accepted;
  t.after(() => {
    client.destroy();
    other.destroy();
    server.close();
  });
  client.write('hello');
  await arrived(client);
  assert.deepEqual(
    [queuesOf(client), queuesOf(other)],
    [
      { sent: 0, unread: 0 },
      { sent: 0, unread: 5 },
    ],
  );
  const full = Buffer.alloc(50_000_000);
  client.write(full);
  assert.ok(queuesOf(client)!.sent > 0, 'nobody reads them');
});
