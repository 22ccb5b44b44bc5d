import http from 'node:http';
import type net from 'node:net';

import type { World } from '../harness/proxy-test.ts';
import { digestOf, heardId, heardTarget, type Ear } from './heard.ts';

/** A server on `node:http` that tells an ear what it has understood. @returns its port on 127.0.0.1. */
export async function startNodeServer(world: World, ear: Ear): Promise<number> {
  const options = { maxHeaderSize: 65_536, keepAliveTimeout: 60_000, requestTimeout: 0, headersTimeout: 0 };
  const server = http.createServer(options, (request, response) => listen(request, response, ear));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', 1000, resolve));
  world.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as net.AddressInfo).port;
}

function listen(request: http.IncomingMessage, response: http.ServerResponse, ear: Ear): void {
  const { method = '', url: target = '' } = request;
  const id = String(request.headers['x-request-id'] ?? '');
  const pieces: Buffer[] = [];
  let told = false;
  const tell = (body: string | undefined): void => {
    if (!told) ear.add({ id, method, target, body });
    told = true;
  };
  request.on('data', (piece: Buffer) => void pieces.push(piece));
  request.on('error', () => {});
  request.on('close', () => tell(undefined));
  request.on('end', () => {
    tell(digestOf(Buffer.concat(pieces)));
    response.writeHead(200, { [heardId]: id, [heardTarget]: target.slice(0, 100), 'Content-Length': 0 }).end();
  });
}
