// A proxy in a process of its own, asked by messages: what it holds can be counted there without what its peers hold.
import { readdirSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import net from 'node:net';
import tls from 'node:tls';
import v8 from 'node:v8';

import { systemClock } from '../../src/core/clock.ts';
import type { Logger } from '../../src/core/log.ts';
import { Deadline, type TimerWheel } from '../../src/core/timer-wheel.ts';
import { Http1Connection } from '../../src/proxy/codec/http1/http1-connection.ts';
import { ClientExchange } from '../../src/proxy/codec/client-exchange.ts';
import { Http2Connection } from '../../src/proxy/codec/http2/http2-connection.ts';
import { StreamRun } from '../../src/proxy/codec/http2/stream-run.ts';
import { ExchangeRun } from '../../src/proxy/codec/http1/exchange-run.ts';
import type { DataPlane } from '../../src/proxy/data-plane.ts';
import { DecodedBody } from '../../src/proxy/decoded-body.ts';
import { Http2Stream } from '../../src/proxy/http2/stream.ts';
import { createDataPlane } from '../../src/proxy/index.ts';
import { Intake } from '../../src/proxy/intake.ts';
import { MessageWriter } from '../../src/proxy/message-writer.ts';
import { Spool } from '../../src/proxy/middleware/buffer/spool.ts';
import { RouteRun } from '../../src/proxy/route-run.ts';
import { Forward } from '../../src/proxy/upstream/forward.ts';
import { ServerConnection } from '../../src/proxy/upstream/server-connection.ts';
import type { Asked, Question, Held } from './questions.ts';

/** Of each connection and exchange there is at least one of these. */
const kinds = {
  net: net.Socket,
  tls: tls.TLSSocket,
  Http1Connection,
  Http2Connection,
  StreamRun,
  Http2Stream,
  ClientExchange,
  ExchangeRun,
  ServerConnection,
  Forward,
  RouteRun,
  DecodedBody,
  Intake,
  MessageWriter,
  Spool,
  Deadline,
};

/** Above all of them but sockets, so that one look at the heap finds any. */
// oxlint-disable-next-line typescript/no-extraneous-class -- it is there to be looked for
class Counted {}
for (const kind of Object.values(kinds)) {
  const root = rootOf(kind.prototype);
  const done = root === Counted.prototype || root === rootOf(net.Socket.prototype);
  if (!done) Object.setPrototypeOf(root, Counted.prototype);
}

/** The last prototype before that of all objects. */
function rootOf(prototype: object): object {
  let root = prototype;
  for (let next: unknown = root; next !== Object.prototype; next = Object.getPrototypeOf(root)) root = next as object;
  return root;
}

/** What there was at the first look. */
let first: { readonly own: number; readonly sockets: number; readonly objects: Held['objects'] } | undefined;

/** There with --expose-gc. */
const collectGarbage = globalThis.gc as unknown as () => void;

const errors: string[] = [];
const ignore = (): void => {};
const keep = (message: string): void => void errors.push(message);
const log: Logger = { debug: ignore, info: ignore, warn: ignore, error: keep };
let turnedMs = 0;
const clock = { now: () => systemClock.now() + turnedMs, date: () => systemClock.date() };
/** Its wheel is no part of what others may ask of a data plane. */
const plane = createDataPlane({ clock, log }) as DataPlane & { readonly wheel: TimerWheel };

async function answer(question: Question): Promise<unknown> {
  switch (question.kind) {
    case 'apply':
      return plane.apply(question.plan);
    case 'status':
      return plane.status();
    case 'turn':
      turnedMs += question.ms;
      plane.wheel.advance();
      return undefined;
    case 'memory':
      return process.memoryUsage().rss;
    case 'errors':
      return errors;
    case 'held':
      return held();
    default:
      await plane.stop();
      process.disconnect?.();
      return undefined;
  }
}

async function held(): Promise<Held> {
  const { connections, exchanges, pools } = plane.status();
  const servers = pools.flatMap((pool) => pool.servers);
  return {
    connections,
    exchanges,
    serverConnections: servers.reduce((sum, { open }) => sum + open, 0),
    deadlines: plane.wheel.size,
    descriptors: readdirSync('/proc/self/fd').length,
    objects: objects(),
    heapBytes: await heapBytes(),
    errors,
  };
}

/**
 * Live objects of each kind. A look at the heap takes a fifth of a second, so there is one for each kind only where there are not as
 * many of all kinds together as at first.
 */
function objects(): Held['objects'] {
  const [own, sockets] = [countOf(Counted), countOf(net.Socket)];
  if (own === first?.own && sockets === first.sockets) return first.objects;
  const counts = Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [name, countOf(kind)]));
  first ??= { own, sockets, objects: counts };
  return counts;
}

function countOf(kind: unknown): number {
  return v8.queryObjects(kind as () => void, { format: 'count' });
}

/** The least of several looks: what waits for a finaliser goes in one of the turns between them. */
async function heapBytes(): Promise<number> {
  let least = Infinity;
  for (let i = 0; i < 6; i++) {
    collectGarbage();
    await nextTurn();
    const { heapUsed, external } = process.memoryUsage();
    least = Math.min(least, heapUsed + external);
  }
  return least;
}

process.on('message', ({ id, question }: Asked) => {
  answer(question).then(
    (value) => process.connected && process.send!({ id, value }),
    (error: unknown) => process.connected && process.send!({ id, failure: String(error) }),
  );
});
