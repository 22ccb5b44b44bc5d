import net from 'node:net';

import type { World } from '../harness/proxy-test.ts';
import { digestOf, heardId, heardTarget, type Ear } from './heard.ts';
import { readStrictly, type WireRequest } from './strict-request.ts';

/**
 * A server that reads strictly, tells an ear what came, and answers each request with its id and its target.
 * What is malformed is told and refused; what breaks off in the middle is told as not whole.
 * @returns its port on 127.0.0.1.
 */
export async function startRecorder(world: World, ear: Ear): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    record(socket, ear);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', 1000, resolve));
  world.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as net.AddressInfo).port;
}

function record(socket: net.Socket, ear: Ear): void {
  let waiting: Buffer = Buffer.alloc(0);
  let begun: WireRequest | undefined;
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
    while (waiting.length > 0 && !socket.writableEnded) {
      const reading = readStrictly(waiting);
      if (reading.kind === 'malformed') return refuse(reading.why);
      if (reading.kind === 'more') return goOn(reading.begun);
      begun = undefined;
      waiting = waiting.subarray(reading.end);
      answer(socket, reading.request, ear);
    }
  });
  socket.on('close', () => {
    if (begun !== undefined) ear.add({ id: begun.id, method: begun.method, target: begun.target, body: undefined });
  });

  function refuse(why: string): void {
    ear.add({ id: '', method: '', target: '', body: undefined, malformed: `${why} in ${excerpt(waiting)}` });
    waiting = Buffer.alloc(0);
    begun = undefined;
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  }

  /** Whoever waits for a 100 shall have one, once. */
  function goOn(request: WireRequest | undefined): void {
    if (request?.expectsContinue === true && begun === undefined) socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    begun = request;
  }
}

function answer(socket: net.Socket, request: WireRequest, ear: Ear): void {
  const { id, method, target, closes } = request;
  ear.add({ id, method, target, body: digestOf(request.body) });
  // A marker's target is short, and a proxy takes no endless head.
  const short = target.slice(0, 100);
  const head = `HTTP/1.1 200 OK\r\nContent-Length: 0\r\n${heardId}: ${id}\r\n${heardTarget}: ${short}\r\n`;
  if (closes) socket.end(`${head}Connection: close\r\n\r\n`);
  else socket.write(`${head}\r\n`);
}

function excerpt(bytes: Buffer): string {
  return JSON.stringify(bytes.toString('latin1', 0, 600));
}
