import assert from 'node:assert/strict';

import { readHead, statusOf } from './message.ts';
import type { World } from './proxy-test.ts';
import type { RawPeer } from './raw-peer.ts';
import { get } from './requests.ts';

/** A request for a tunnel. */
export const upgrade = (token = 'websocket', path = '/'): string =>
  get(path, `Connection: keep-alive, Upgrade\r\nUpgrade: ${token}\r\n`);
/** What opens it. */
export const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

/** A tunnel through the proxy, open. */
export async function tunnel(
  world: World,
  timeouts = {},
): Promise<{ client: RawPeer; server: RawPeer; proxy: Awaited<ReturnType<World['proxy']>> }> {
  const { proxy, server } = await world.proxyTo(
    async (peer) => {
      await readHead(peer);
      peer.send(switching);
    },
    { timeouts },
  );
  const client = await world.send(proxy, upgrade());
  assert.equal(statusOf(await readHead(client)), 101);
  return { client, server: server.peers[0]!, proxy };
}
