import type net from 'node:net';
import type { BodySink, BodySource } from '../../core/body.ts';
import type { ProxyError } from '../../core/errors.ts';
import { Headers } from '../../core/headers.ts';
import type { Abortable, Exchange } from '../exchange.ts';
import { exchangeOf, KeepReply, KeepSink, poolPlan, Received, TestEnv, until, type Net } from '../fixtures.test.ts';
import type { PoolPlan, ServerPlan } from '../pool-plan.ts';
import type { Picker } from '../picker.ts';
import { dialTls, TlsPeer } from './dial-tls.ts';
import { dial, type DialedSocket } from './dial.ts';
import type { OutgoingRequest } from './outgoing-request.ts';
import { rowsAlone, rowsOfPool } from '../pool-rows.ts';
import { Pool, type PoolParts } from './pool.ts';
import type { ServerParts } from './server-env.ts';
import type { Server } from './server.ts';
import type { CarrierWish, ConnectionKeeper, ConnectionUser, ServerRequest } from './connection-user.ts';
import type { AnswerHead } from './server-answer.ts';
import { ServerConnection } from './server-connection.ts';
import type { SecureSetting } from './tls-fixtures.test.ts';

/** A server connection under test: its server is the test. */

export class TestKeeper implements ConnectionKeeper<ServerConnection> {
  readonly plan: PoolPlan;
  readonly idleOnes: ServerConnection[] = [];
  readonly goneOnes: ServerConnection[] = [];

  constructor(plan: PoolPlan) {
    this.plan = plan;
  }

  idle(connection: ServerConnection): void {
    this.idleOnes.push(connection);
  }

  gone(connection: ServerConnection): void {
    if (!this.goneOnes.includes(connection)) this.goneOnes.push(connection);
  }
}

/** Notes what it hears, and starts the answer's body with its sink. */
export class TestUser implements ConnectionUser {
  readonly events: string[] = [];
  readonly sink: KeepSink = new KeepSink();
  head: AnswerHead | undefined;
  body: BodySource | undefined;
  /** What the body is started with; undefined: nobody starts it. */
  starts: BodySink | undefined = this.sink;
  during: (event: string) => unknown = () => undefined;

  informed(status: number): void {
    this.#tell(`informed ${status}`);
  }

  answered(head: AnswerHead, body: BodySource | undefined): void {
    this.head = head;
    this.body = body;
    this.#tell(`answered ${head.status}`);
    if (this.starts) body?.start(this.starts);
  }

  failed(error: ProxyError): void {
    this.#tell(`failed ${error.code}`);
  }

  released(): void {
    this.#tell('released');
  }

  #tell(event: string): void {
    this.events.push(event);
    this.during(event);
  }
}

export interface World {
  readonly env: TestEnv;
  readonly connection: ServerConnection;
  readonly keeper: TestKeeper;
  readonly user: TestUser;
  /** Our end and the server's. */
  readonly ours: net.Socket;
  readonly server: net.Socket;
  readonly got: Received;
}

export interface Setting {
  readonly plan?: Partial<PoolPlan>;
  readonly kind?: 'tcp' | 'unix';
  /** The server speaks TLS, with what `serverIdentity` gives. */
  readonly secure?: SecureSetting | undefined;
  /** The server does not read. */
  readonly stalled?: boolean;
}

export async function open(sockets: Net, setting: Setting = {}): Promise<World> {
  const { secure } = setting;
  const { address, accepted } = await sockets.listen(
    setting.kind,
    (socket) => secure && sockets.keep(secure.accept(socket)),
  );
  const env = new TestEnv();
  const keeper = new TestKeeper(poolPlan([address], setting.plan));
  let dialed: DialedSocket | undefined;
  let connection: ServerConnection | undefined;
  const to =
    address.kind === 'unix' ? address : { kind: 'tcp' as const, addresses: [address.host], port: address.port };
  const target = { address: to, sourceAddress: undefined, timeoutMs: 5000, buffer: env.serverReadBuffer };
  const connect = secure
    ? dialTls.bind(undefined, target, new TlsPeer(secure.plan, 'server.test', env.secureContexts))
    : dial.bind(undefined, target);
  connect((result) => {
    dialed = result as DialedSocket;
    sockets.keep(dialed.socket);
    connection = new ServerConnection(dialed, keeper, env, env.clock.now());
    const take = dialed.onBytes;
    dialed.onBytes = (chunk) => {
      const go = take(chunk);
      chunk.fill(0x2a); // It was lent.
      return go;
    };
  });
  await until(() => connection !== undefined && accepted.length === 1);
  const server = secure?.accepted.at(-1) ?? accepted[0]!;
  const got = setting.stalled ? (undefined as unknown as Received) : new Received(server);
  return { env, connection: connection!, keeper, user: new TestUser(), ours: dialed!.socket, server, got };
}

export function request(parts: Partial<ServerRequest> = {}): ServerRequest {
  const method = parts.method ?? 'GET';
  return {
    method,
    target: '/',
    host: 'a',
    headers: new Headers(),
    fixed: undefined,
    acceptsTrailers: false,
    bodyLength: 0,
    body: undefined,
    upgrade: undefined,
    expectContinue: false,
    firstByteMs: 3000,
    idleMs: 4000,
    ...parts,
  };
}

/** What most exchanges ask of a carrier. */
export const plainWish: CarrierWish = { connectMs: undefined, http1: false, upgrade: false, fresh: false };

export const ok = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** Goes round the servers, beginning with the first; one that was tried is passed over. */
export function createPicker<S>(): Picker<S> {
  let next = 0;
  return {
    pick: (_exchange, usable, tried) => {
      for (let i = 0; i < usable.length; i++) {
        const server = usable[(next + i) % usable.length]!;
        if (tried?.has(server)) continue;
        next = (next + i + 1) % usable.length;
        return server;
      }
      return usable[0]!;
    },
  };
}

/** A pool that shares nothing with other threads. */
export function poolParts(plan: PoolPlan, picker: Picker<Server>): PoolParts {
  return { plan, picker, rows: rowsOfPool(rowsAlone({ pools: [plan] }), plan.name, 0)! };
}

/** The first server of a pool. */
export function serverParts(plan: PoolPlan): ServerParts {
  const { rows } = poolParts(plan, createPicker());
  return { plan, server: plan.servers[0]!, row: rows.servers[0]! };
}

/** A pool whose servers are the test. */
export interface PoolWorld {
  readonly env: TestEnv;
  readonly pool: Pool;
  /** Whose turn it is; then it is the next one's. */
  next(): Server;
  forward(
    exchange: Exchange,
    request?: Partial<OutgoingRequest>,
  ): { reply: KeepReply; work: Abortable; exchange: Exchange };
  /** Forwards, and waits for the end of the answer or its failure. */
  whole(
    exchange?: Partial<Exchange>,
    request?: Partial<OutgoingRequest>,
  ): Promise<{ reply: KeepReply; exchange: Exchange }>;
}

export function poolOf(addresses: readonly ServerPlan['address'][], parts: Partial<PoolPlan> = {}): PoolWorld {
  const env = new TestEnv();
  const picker = createPicker<Server>();
  const pool = new Pool(poolParts(poolPlan(addresses, parts), picker), env);
  const next = (): Server => picker.pick(exchangeOf(), pool.servers, undefined);
  const forward: PoolWorld['forward'] = (exchange, changed = {}) => {
    const reply = new KeepReply();
    const work = pool.forward(exchange, reply, {
      target: '/x',
      host: 'a.test',
      headers: new Headers(),
      body: exchange.body,
      expectContinue: exchange.expectContinue ?? false,
      timeouts: undefined,
      upgrade: undefined,
      onResponse: () => undefined,
      ...changed,
    });
    return { reply, work: work!, exchange };
  };
  const whole: PoolWorld['whole'] = async (wanted, changed) => {
    const made = forward(exchangeOf(wanted), changed);
    const { reply } = made;
    await until(
      () =>
        reply.error !== undefined ||
        (reply.response !== undefined && (!reply.response.body || reply.sink.events.includes('end'))),
    );
    return made;
  };
  return { env, pool, next, forward, whole };
}

/** A server that answers each request as told by its number on the connection and that of the connection. */
export async function serve(
  sockets: Net,
  answer: (socket: net.Socket, count: number, connection: number) => void,
): Promise<ServerPlan['address']> {
  let connections = 0;
  const place = await sockets.listen('tcp', (socket) => {
    const connection = ++connections;
    let requests = 0;
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      for (; text.includes('\r\n\r\n'); text = text.slice(text.indexOf('\r\n\r\n') + 4))
        answer(socket, ++requests, connection);
    });
    socket.on('end', () => socket.end());
    socket.resume();
  });
  return place.address;
}
