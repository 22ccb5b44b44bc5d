import type net from 'node:net';
import { errorCode } from './listen-error.ts';

/** Connections that wait to be accepted. The system takes at most its own bound (net.core.somaxconn, mostly 4096). */
const backlog = 4096;

/** One attempt to listen; rejects with the system's error, after which the server may try again. */
export type Listen = (server: net.Server, where: net.ListenOptions) => Promise<void>;

export const listenOnce: Listen = (server, where) =>
  new Promise((resolve, reject) => {
    const ready = (): void => {
      server.off('error', failed);
      resolve();
    };
    const failed = (error: Error): void => {
      server.off('listening', ready);
      reject(error);
    };
    server.once('listening', ready);
    server.once('error', failed);
    // `exclusive`: never shared through node:cluster, of which an embedding program may be a part.
    server.listen({ ...where, backlog, exclusive: true });
  });

/**
 * Listens on a host and port. Without a host: on every address of the machine, IPv6 and IPv4 by one socket, IPv4 alone
 * where IPv6 is off.
 */
export async function listenTcp(
  server: net.Server,
  host: string | undefined,
  port: number,
  listen: Listen = listenOnce,
): Promise<void> {
  if (host !== undefined) return listen(server, { host, port });
  try {
    await listen(server, { host: '::', port, ipv6Only: false });
  } catch (error) {
    if (!isIpv6Off(error)) throw error;
    await listen(server, { host: '0.0.0.0', port });
  }
}

function isIpv6Off(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL';
}
