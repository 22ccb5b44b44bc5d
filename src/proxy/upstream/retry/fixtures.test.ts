import assert from 'node:assert/strict';
import type net from 'node:net';
import type { Exchange } from '../../exchange.ts';
import { exchangeOf, HandSource, turns, until } from '../../fixtures.test.ts';
import type { ServerPlan } from '../../pool-plan.ts';
import { plainRetries, retryReasons, type PoolRetryPlan } from '../../retry-plan.ts';
import { ok, poolOf, type PoolWorld } from '../fixtures.test.ts';
import type { OutgoingRequest } from '../outgoing-request.ts';

/** For tests of what is tried again. */

export type Address = ServerPlan['address'];

export const unresolved: Address = { kind: 'tcp', host: 'nowhere.test', port: 1 };
export const fine = (socket: net.Socket): void => void socket.write(ok('fine'));
export const closing = (socket: net.Socket): void => void socket.end();
export const unavailable = (fields = ''): string => `HTTP/1.1 503 Sorry\r\nContent-Length: 5\r\n${fields}\r\nsorry`;

export const poolWith = (servers: readonly Address[], retries: Partial<PoolRetryPlan> = {}): PoolWorld =>
  poolOf(servers, { retries: { ...plainRetries, ...retries } });

/** Waits for the end of an answer while time passes; nothing is left open or taken afterwards. */
export async function whole(
  world: PoolWorld,
  parts: Partial<Exchange> = {},
  request: Partial<OutgoingRequest> = {},
): Promise<{ events: readonly string[]; text: string; exchange: Exchange }> {
  const { env } = world;
  const { reply, exchange } = world.forward(exchangeOf(parts), request);
  const isOver = (): boolean => {
    env.pass(100);
    if (reply.response !== undefined) return reply.response.body === undefined || reply.sink.events.includes('end');
    return reply.error !== undefined;
  };
  await until(isOver);
  await turns();
  assert.equal(env.replayMemory.used, 0);
  assert.ok(world.pool.servers.every(({ active }) => active === 0));
  assert.deepEqual(env.bugs, []);
  return { events: reply.events, text: reply.sink.bytes.toString(), exchange };
}

export function counts({ retried }: Exchange): Record<string, number> {
  return Object.fromEntries(
    retryReasons.flatMap((reason, i) => (retried?.counts[i] ? [[reason, retried.counts[i]]] : [])),
  );
}

/** A body that is there as a whole, whenever it is asked for. */
export function bodyOf(text: string, length: number | undefined = text.length): HandSource {
  const source = new HandSource(length);
  source.during = (event) => {
    if (event !== 'start') return;
    source.sink!.write(Buffer.from(text));
    source.sink!.end();
  };
  return source;
}
