import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pendingWriteBytes } from '../../core/raw-socket.ts';
import { matrix, otherTraffic, until, withServer } from './fixtures.test.ts';

for (const kind of matrix) {
  test(`pendingWriteBytes() falls as the peer takes bytes, to 0 (${kind.title})`, async () => {
    await withServer(kind, async (server) => {
      const { client, adopted } = await server.pair();
      adopted.socket.resume();
      assert.equal(pendingWriteBytes(adopted.socket), 0);
      adopted.socket.write(Buffer.alloc(20_000_000));
      const atFirst = pendingWriteBytes(adopted.socket)!;
      assert.ok(atFirst > 0 && atFirst <= 20_000_000, `${atFirst} bytes wait`);
      await otherTraffic(server);
      const stalled = pendingWriteBytes(adopted.socket)!;
      await otherTraffic(server);
      assert.equal(pendingWriteBytes(adopted.socket), stalled, 'nobody reads, nothing moves');
      let seen = 0;
      client.on('data', (chunk: Buffer) => {
        seen += chunk.length;
        if (seen < 10_000_000 || client.listenerCount('data') > 1) return;
        const halfWay = pendingWriteBytes(adopted.socket)!;
        assert.ok(halfWay > 0 && halfWay < stalled, `${halfWay} bytes wait, of one write`);
        client.on('data', () => undefined);
      });
      await until(() => seen === 20_000_000);
      assert.equal(pendingWriteBytes(adopted.socket), 0);
      adopted.socket.destroy();
      assert.equal(pendingWriteBytes(adopted.socket), undefined);
    });
  });
}
