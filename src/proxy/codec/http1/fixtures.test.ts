import type net from 'node:net';
import type { ProxyError } from '../../../core/errors.ts';
import { Headers } from '../../../core/headers.ts';
import { WholeBody } from '../../whole-body.ts';
import type { ClientSocket } from '../../client-socket.ts';
import type { Abortable, Exchange, ExchangeHandler, ProxyResponse, Reply } from '../../exchange.ts';
import { listenerPlan, Received, TestEnv, type Net } from '../../fixtures.test.ts';
import type { ListenerPlan } from '../../plan.ts';
import type { ClientEnv } from '../client-env.ts';
import { Http1Connection } from './http1-connection.ts';

/** A client connection under test: its peer is the test, and so is the handler behind it. */

export interface Handled {
  readonly exchange: Exchange;
  readonly reply: Reply;
  /** Codes with which the work was aborted. */
  readonly aborted: string[];
}

/** Keeps what it is given; answers nothing by itself. */
export class TestHandler implements ExchangeHandler {
  readonly handled: Handled[] = [];
  readonly finishedOnes: Exchange[] = [];
  /** What is done at once with an exchange; true: nobody works on it afterwards. */
  atOnce: (handled: Handled) => boolean = () => false;

  handle(exchange: Exchange, reply: Reply): Abortable | undefined {
    const handled: Handled = { exchange, reply, aborted: [] };
    this.handled.push(handled);
    if (this.atOnce(handled)) return undefined;
    return { abort: (error: ProxyError) => handled.aborted.push(error.code) };
  }

  finished(exchange: Exchange): void {
    this.finishedOnes.push(exchange);
  }
}

export class TestClientEnv extends TestEnv implements ClientEnv {
  readonly handler: TestHandler = new TestHandler();
  readonly date = { line: () => '', value: () => '' };
  draining = false;
  #ids = 0;

  beginHttp2(): void {
    this.bugs.push('HTTP/2 came');
  }

  requestId(): string {
    return `id-${++this.#ids}`;
  }
}

export interface World {
  readonly env: TestClientEnv;
  readonly handler: TestHandler;
  readonly connection: Http1Connection;
  /** Our end. */
  readonly ours: net.Socket;
  readonly peer: net.Socket;
  readonly got: Received;
  readonly closes: number[];
}

export interface Setting {
  readonly plan?: Partial<ListenerPlan>;
  readonly kind?: 'tcp' | 'unix';
  readonly env?: TestClientEnv;
  /** The peer does not read. */
  readonly stalled?: boolean;
}

export async function open(sockets: Net, setting: Setting = {}): Promise<World> {
  const { ours, peer } = await sockets.pair(setting.kind);
  const env = setting.env ?? new TestClientEnv();
  const client: ClientSocket = {
    socket: ours,
    listener: { name: 'web', plan: listenerPlan(setting.plan) },
    address: '192.0.2.7',
    port: 5000,
    localPort: 80,
    tls: undefined,
    onBytes: () => true,
  };
  ours.on('data', (chunk: Buffer) => {
    if (ours.destroyed) return;
    const lent = Buffer.from(chunk);
    if (!client.onBytes(lent)) ours.pause();
    lent.fill(0x2a);
  });
  ours.pause();
  const connection = new Http1Connection(client, { id: 1, trusted: false }, env);
  const closes: number[] = [];
  connection.onClose(() => closes.push(1));
  connection.start();
  const got = setting.stalled ? (undefined as unknown as Received) : new Received(peer);
  return { env, handler: env.handler, connection, ours, peer, got, closes };
}

export function answer(parts: Partial<ProxyResponse> = {}): ProxyResponse {
  return { status: 200, reason: '', headers: new Headers(), body: undefined, announcedLength: undefined, ...parts };
}

export function textAnswer(text: string): ProxyResponse {
  return answer({ body: new WholeBody(text) });
}

/** Answers each exchange at once with its path. */
export function answerPaths({ exchange, reply }: Handled): boolean {
  reply.respond(textAnswer(`<${exchange.target.path}>`));
  return true;
}

export const get = (path: string, fields = ''): string => `GET ${path} HTTP/1.1\r\nHost: a.test\r\n${fields}\r\n`;

export const post = (path: string, body: string, length: number = body.length): string =>
  `POST ${path} HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${length}\r\n\r\n${body}`;

/** The bodies of answers by `answerPaths`, in their order. */
export const paths = (world: World): string[] => [...world.got.text.matchAll(/<([^>]*)>/g)].map((match) => match[1]!);
