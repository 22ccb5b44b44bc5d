import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import tls from 'node:tls';

import type { World } from './proxy-test.ts';
import { RawPeer } from './raw-peer.ts';
import { patienceMs, until } from './until.ts';

/** A temporary folder that goes when the file's tests have ended. */
export function folderOfFile(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-tls-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What a program wrote to both outputs, and how it ended. */
export interface Ran {
  readonly output: string;
  readonly code: number;
}

/**
 * `openssl s_client` to a port of 127.0.0.1. It sends `input` when the handshake is done, and ends when the other side does
 * or, by `-ign_eof` left out, at the end of its input.
 */
export function sClient(port: number, args: readonly string[] = [], input = ''): Promise<Ran> {
  const child = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...args]);
  const late = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => void (output += bytes));
  child.stdin.on('error', () => {}); // It has ended before it read all.
  child.stdin.end(input);
  return new Promise((resolve) => {
    child.on('close', (code) => {
      clearTimeout(late);
      resolve({ output, code: code ?? -1 });
    });
  });
}

/** curl, to a name that stands for 127.0.0.1. */
export function curl(caFile: string, url: string, args: readonly string[] = []): Promise<Ran> {
  const { hostname, port } = new URL(url);
  const all = [
    '-sS',
    '--noproxy',
    '*',
    '--max-time',
    '15',
    '--cacert',
    caFile,
    '--resolve',
    `${hostname}:${port}:127.0.0.1`,
    ...args,
    url,
  ];
  return new Promise((resolve) => {
    execFile('curl', all, { timeout: patienceMs }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ output: stdout + stderr, code });
    });
  });
}

/** The last one that the server gave: with TLS 1.3 that is after the handshake. */
const sessions = new WeakMap<RawPeer, Buffer | undefined>();

/** A client by Node's own TLS, once its handshake is done. It believes any certificate unless told otherwise. */
export async function tlsPeer(world: World, port: number, options: tls.ConnectionOptions = {}): Promise<RawPeer> {
  const socket = tls.connect({
    host: '127.0.0.1',
    port,
    servername: 'a.test',
    rejectUnauthorized: false,
    allowHalfOpen: true,
    ...options,
  } as tls.ConnectionOptions);
  const peer = new RawPeer(socket);
  sessions.set(peer, undefined);
  socket.on('session', (session) => sessions.set(peer, session));
  let failure: Error | undefined;
  socket.once('error', (error) => (failure = error));
  world.after(() => peer.destroy());
  let secure = false;
  socket.once('secureConnect', () => (secure = true));
  await until('a handshake with the proxy', () => secure || socket.destroyed);
  if (!secure) throw failure ?? new Error('closed in the handshake');
  return peer;
}

/** The session of a client, once there is one to be taken up. */
export async function sessionOf(peer: RawPeer): Promise<Buffer> {
  await until('a session', () => sessions.get(peer) !== undefined);
  return sessions.get(peer)!;
}
