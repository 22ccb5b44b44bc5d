import net from 'node:net';
import { errorCode } from './listen-error.ts';

/** Connections that wait to be accepted. The system takes at most its own bound (net.core.somaxconn, mostly 4096). */
const backlog = 4096;

/** Where to listen; `fd` is a socket that listens already. */
export interface Where extends net.ListenOptions {
  readonly fd?: number;
}

/** One attempt to listen; rejects with the system's error, after which the server may try again. */
export type Listen = (server: net.Server, where: Where) => Promise<void>;

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

/** Linux lets several sockets of one user listen on an address, if all of them say so (SO_REUSEPORT). */
const reusePort = process.platform === 'linux';

/** Listens beside the socket that has the address now, which the process before this one opened by this same function. */
export const listenBeside: Listen = (server, where) => listenOnce(server, { ...where, reusePort });

/**
 * Listens so that a successor may listen beside it. Another program that listens there already would not be noticed that way,
 * so a socket that shares nothing tries first.
 */
export const listenFirst: Listen = async (server, where) => {
  if (reusePort && where.port !== 0) await tryAlone(where);
  await listenBeside(server, where);
};

async function tryAlone(where: Where): Promise<void> {
  const trial = net.createServer((socket) => socket.resetAndDestroy());
  await listenOnce(trial, where);
  await new Promise((resolve) => void trial.close(resolve));
}

/**
 * Listens on a host and port. Without a host: on every address of the machine, IPv6 and IPv4 by one socket, IPv4 alone
 * where IPv6 is off. `::` is IPv6 alone, so that `0.0.0.0` may stand beside it.
 */
export async function listenTcp(
  server: net.Server,
  host: string | undefined,
  port: number,
  listen: Listen = listenFirst,
): Promise<void> {
  if (host !== undefined) return listen(server, { host, port, ipv6Only: true });
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
