import type { Pair } from '../h2/raw/frames.ts';
import { RawH2Client, request, type ClientOptions } from '../h2/raw/raw-h2-client.ts';
import type { RawMessage } from '../h2/raw/raw-h2-peer.ts';
import type { World } from './proxy-test.ts';
import type { ProxyUnderTest } from './proxy-under-test.ts';
import { until } from './until.ts';

/** A client that speaks HTTP/2 with the proxy, whose SETTINGS have come. It ends with the test. */
export async function h2(world: World, proxy: ProxyUnderTest, options: ClientOptions = {}): Promise<RawH2Client> {
  const client = await RawH2Client.connect(proxy.port(), options);
  world.after(() => client.destroy());
  if (options.greet !== false) await client.expect('Settings', { flags: 0 });
  return client;
}

/** Time goes by for the proxy, thirty times as fast as elsewhere, until the condition holds. */
export async function asTimePasses(proxy: ProxyUnderTest, what: string, holds: () => boolean): Promise<void> {
  await until(what, () => {
    proxy.turnClock(100);
    return holds();
  });
}

/** Sends a GET on a stream, and waits for all of its answer. */
export async function ask(
  client: RawH2Client,
  id: number,
  path: string,
  more: readonly Pair[] = [],
): Promise<RawMessage & { readonly text: string }> {
  client.headers(id, request(path, more), { endStream: true });
  const message = await client.message(id);
  return { ...message, text: message.body.toString('latin1') };
}
