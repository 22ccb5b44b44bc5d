import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { parseDocument } from 'yaml';

import { defaultSocket } from '../control/config/default-socket.ts';
import { loadConfig } from '../control/config/load-config.ts';
import { findConfig } from './find-config.ts';

/** How a command finds the process to speak to. */
export interface SocketOptions {
  readonly socket?: string;
  readonly config?: string;
}

/**
 * The control socket: the one that was named, else that of the config that was named or is found, else the usual one.
 * A config with mistakes in it still tells its socket, for "postern reload" is how one gets to hear of the mistakes.
 */
export async function findSocket(options: SocketOptions): Promise<string> {
  if (options.socket !== undefined) return resolve(options.socket);
  const file = options.config ?? findConfig();
  if (file === undefined) return usualSocket();
  const loaded = await loadConfig(file, { environment: process.env, instance: '' });
  const socket = loaded.ok ? loaded.admin.socket : socketOfBroken(file);
  return socket === undefined || socket === defaultSocket(process.env) ? usualSocket() : socket;
}

/**
 * The user's own folder comes first, but a service has its socket in another one: root at a terminal asks for the service, unless
 * a Postern runs from that terminal.
 */
function usualSocket(): string {
  const [own, service] = [defaultSocket(process.env), defaultSocket({})];
  return !existsSync(own) && existsSync(service) ? service : own;
}

/** What can be made of a file that is wrong somewhere. */
function socketOfBroken(file: string): string | undefined {
  try {
    const socket: unknown = parseDocument(readFileSync(file, 'utf8')).getIn(['admin', 'socket']);
    return typeof socket === 'string' && !socket.includes('${') ? resolve(dirname(file), socket) : undefined;
  } catch {
    return undefined;
  }
}
