import type net from 'node:net';
import type { BodySink } from '../../core/body.ts';
import type { ProxyError } from '../../core/errors.ts';
import type { ResponseHead } from '../../wire/http1/response-head.ts';
import type { DecodedBody } from '../decoded-body.ts';
import { KeepSink, poolPlan, Received, TestEnv, until, type Net } from '../fixtures.test.ts';
import type { PoolPlan } from '../plan.ts';
import { dial, type DialedSocket } from './dial.ts';
import { ServerConnection, type ConnectionKeeper, type ConnectionUser, type ServerRequest } from './server-connection.ts';

/** A server connection under test: its server is the test. */

export class TestKeeper implements ConnectionKeeper {
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
    this.goneOnes.push(connection);
  }
}

/** Notes what it hears, and starts the answer's body with its sink. */
export class TestUser implements ConnectionUser {
  readonly events: string[] = [];
  readonly sink: KeepSink = new KeepSink();
  head: ResponseHead | undefined;
  body: DecodedBody | undefined;
  /** What the body is started with; undefined: nobody starts it. */
  starts: BodySink | undefined = this.sink;
  during: (event: string) => void = () => undefined;

  informed(status: number): void {
    this.#tell(`informed ${status}`);
  }

  answered(head: ResponseHead, body: DecodedBody | undefined): void {
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
  /** The server does not read. */
  readonly stalled?: boolean;
}

export async function open(sockets: Net, setting: Setting = {}): Promise<World> {
  const { address, accepted } = await sockets.listen(setting.kind);
  const env = new TestEnv();
  const keeper = new TestKeeper(poolPlan([address], setting.plan));
  let dialed: DialedSocket | undefined;
  let connection: ServerConnection | undefined;
  const to = address.kind === 'unix' ? address : { kind: 'tcp' as const, addresses: [address.host], port: address.port };
  dial({ address: to, sourceAddress: undefined, timeoutMs: 5000, buffer: env.serverReadBuffer }, (result) => {
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
  const server = accepted[0]!;
  const got = setting.stalled ? (undefined as unknown as Received) : new Received(server);
  return { env, connection: connection!, keeper, user: new TestUser(), ours: dialed!.socket, server, got };
}

export function request(parts: Partial<ServerRequest> = {}): ServerRequest {
  const method = parts.method ?? 'GET';
  return {
    head: `${method} / HTTP/1.1\r\nHost: a\r\n\r\n`,
    method,
    bodyLength: 0,
    body: undefined,
    upgrade: undefined,
    expectContinue: false,
    ...parts,
  };
}

export const ok = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
