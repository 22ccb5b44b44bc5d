import http from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Readable, Writable } from 'node:stream';

import { http2Server } from './http2-server.ts';
import type { Place } from './plan-of.ts';
import type { World } from './proxy-test.ts';
import type { ProxyUnderTest } from './proxy-under-test.ts';

/** What one side of the proxy is spoken to by. */
export type Version = 'h1' | 'h2';

/** Of clients, and of servers. */
export type Mix = readonly [client: Version, server: Version];

export const mixes: readonly Mix[] = [
  ['h1', 'h1'],
  ['h1', 'h2'],
  ['h2', 'h1'],
  ['h2', 'h2'],
];

/** A request at its server: its body, and where the body of the answer goes, whose head has been sent. */
export type StreamScript = (path: string, body: Readable, answer: Writable) => void;

/** A request at its client: where its body goes, and the body of its answer once the head of that is there. */
export interface StreamRequest {
  readonly body: Writable;
  readonly answer: Promise<Readable>;
}

/** A proxy between a client and a server that speak these, by Node's own streams. */
export interface StreamSite {
  readonly proxy: ProxyUnderTest;
  /** A POST, whose body waits to be written. Over HTTP/2 all go by one connection. */
  open(path: string): StreamRequest;
}

/** Both ends answer and ask at once, without a length: where a body ends is told by its framing. */
export async function streamSite(world: World, [client, server]: Mix, script: StreamScript): Promise<StreamSite> {
  const place = await (server === 'h1' ? http1Server(world, script) : serverOverHttp2(world, script));
  const pool = server === 'h1' ? {} : { protocol: { version: 'http2' as const } };
  const proxy = await world.proxy({ servers: [place], pool });
  return { proxy, open: client === 'h1' ? openerOverHttp1(world, proxy) : openerOverHttp2(world, proxy) };
}

const noSniff = { 'content-type': 'text/event-stream' };

async function http1Server(world: World, script: StreamScript): Promise<Place> {
  const server = http.createServer((request, response) => {
    for (const stream of [request, response]) stream.on('error', ignore);
    response.writeHead(200, noSniff).flushHeaders();
    script(request.url ?? '', request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  world.after(() => {
    server.closeAllConnections();
    server.close();
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens at an address
  return { kind: 'tcp', host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

async function serverOverHttp2(world: World, script: StreamScript): Promise<Place> {
  const { place } = await http2Server(world, (stream, head) => {
    stream.respond({ ':status': 200, ...noSniff });
    script(head[':path'] ?? '', stream, stream);
  });
  return place;
}

function openerOverHttp1(world: World, proxy: ProxyUnderTest): StreamSite['open'] {
  const agent = new http.Agent({ keepAlive: true });
  world.after(() => agent.destroy());
  return (path) => {
    const body = http.request({ host: '127.0.0.1', port: proxy.port(), agent, method: 'POST', path });
    body.flushHeaders();
    world.after(() => body.destroy());
    return { body, answer: answerOf(body, (begun) => body.once('response', begun)) };
  };
}

function openerOverHttp2(world: World, proxy: ProxyUnderTest): StreamSite['open'] {
  const session = http2.connect(`http://${proxy.authority}`);
  session.on('error', ignore);
  world.after(() => session.destroy());
  return (path) => {
    const stream = session.request({ ':method': 'POST', ':path': path }, { endStream: false });
    return { body: stream, answer: answerOf(stream, (begun) => stream.once('response', () => begun(stream))) };
  };
}

function answerOf(request: Writable, listen: (begun: (answer: Readable) => void) => void): Promise<Readable> {
  const answer = new Promise<Readable>((resolve, reject) => {
    listen(resolve);
    request.on('error', reject);
    request.once('close', () => reject(new Error('closed without an answer')));
  });
  answer.catch(ignore); // Whoever waits for it is told.
  return answer;
}

function ignore(): void {}
