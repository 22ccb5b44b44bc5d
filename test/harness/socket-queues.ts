import { readFileSync } from 'node:fs';
import type net from 'node:net';

import { until } from './until.ts';

/** What the system holds of a connection. */
export interface SocketQueues {
  /** Bytes that were sent, and that the other system does not have yet. */
  readonly sent: number;
  /** Bytes that have come, and were not read. */
  readonly unread: number;
}

/** Of a connection over IPv4, as the system says; undefined: it does not. */
export function queuesOf({ localPort, remotePort }: net.Socket): SocketQueues | undefined {
  const ends = [localPort, remotePort].map((port = 0) => `:${port.toString(16).toUpperCase().padStart(4, '0')}`);
  for (const line of tableLines()) {
    const [, local = '', remote = '', , queues = ''] = line.trim().split(/\s+/);
    if (!local.endsWith(ends[0]!) || !remote.endsWith(ends[1]!)) continue;
    const [sent = 0, unread = 0] = queues.split(':').map((hex) => Number.parseInt(hex, 16));
    return { sent, unread };
  }
  return undefined;
}

/** Waits until all that was sent is in the hands of the other system: that process reads it when it next looks at its sockets. */
export async function arrived(socket: net.Socket): Promise<void> {
  await until('an arrival of what was sent', () => socket.writableLength === 0 && (queuesOf(socket)?.sent ?? 0) === 0);
}

function tableLines(): string[] {
  try {
    return readFileSync('/proc/net/tcp', 'utf8').split('\n');
  } catch {
    return []; // Not this kind of system.
  }
}
