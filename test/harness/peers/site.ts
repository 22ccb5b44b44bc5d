import { randomBytes } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type net from 'node:net';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';

import type { Place } from '../plan-of.ts';
import type { World } from '../proxy-test.ts';

/** What every peer serves: files, `/moved` leading to `/small.txt`, and `/echo`, which answers with the request's body. */
export interface Site {
  /** Holds what is below. */
  readonly folder: string;
  readonly small: Buffer;
  /** Text that is worth compressing. */
  readonly text: Buffer;
  readonly big: Buffer;
  /** Port of a `node:http` server that serves all of it. */
  readonly origin: number;
}

/** Starts a peer that serves the site. */
export type StartPeer = (world: World, site: Site) => Promise<Place>;

export async function makeSite(world: World): Promise<Site> {
  const folder = path.join(await world.folder(), 'site');
  const files = {
    small: Buffer.from('0123456789abcdef'),
    text: Buffer.from('All work and no play. '.repeat(2000)),
    big: randomBytes(10_000_000),
  };
  await chmod(path.dirname(folder), 0o755); // For a server that gives up its rights.
  await mkdir(folder);
  for (const [name, bytes] of Object.entries(files)) await writeFile(path.join(folder, `${name}.txt`), bytes);
  for (const name of Object.keys(files)) await chmod(path.join(folder, `${name}.txt`), 0o644);
  await chmod(folder, 0o755);
  const server = http.createServer((request, response) => void answer(files, request, response));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  world.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { folder, ...files, origin: (server.address() as net.AddressInfo).port };
}

export const nodeHttp: StartPeer = async (_, { origin }) => ({ kind: 'tcp', host: '127.0.0.1', port: origin });

type Files = Record<'small' | 'text' | 'big', Buffer>;

async function answer(files: Files, request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const name = /^\/(small|text|big)\.txt$/.exec(request.url!)?.[1] as keyof Files | undefined;
  if (request.url === '/echo') return pipeline(request, response).catch(() => {});
  request.resume();
  if (request.url === '/moved') response.writeHead(302, { Location: '/small.txt' }).end();
  else if (name === undefined) response.writeHead(404, { 'Content-Type': 'text/plain' }).end('none');
  else sendFile(files[name], request, response);
}

function sendFile(file: Buffer, request: http.IncomingMessage, response: http.ServerResponse): void {
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  response.setHeader('Content-Type', 'text/plain');
  if (range) {
    const [from, to] = [Number(range[1]), Number(range[2])];
    response.writeHead(206, { 'Content-Range': `bytes ${from}-${to}/${file.length}` }).end(file.subarray(from, to + 1));
  } else if (request.headers['accept-encoding']?.includes('gzip') && file.length < 100_000) {
    response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync(file));
  } else {
    response.writeHead(200, { 'Content-Length': file.length }).end(request.method === 'HEAD' ? undefined : file);
  }
}
