import type { IncomingMessage } from 'node:http';

import type { Logger } from '../../core/log.ts';
import { formatHostPort } from '../../core/ip.ts';
import type { ReadAddress } from '../config/read-address.ts';
import type { Controlled } from '../controlled.ts';
import { AdminServer, problem, type AdminAnswer, type AdminRoutes } from './admin-server.ts';
import { adminRoutes } from './routes.ts';

/** The address may still be in use by the process before this one. */
const retryMs = 2000;

const closeMs = 1000;

/**
 * What may be read over TCP, by programs of this machine: health, metrics, status. Nothing can be changed there, since anybody on the
 * machine can connect to it; for that there is the control socket.
 *
 * Browsers of this machine are kept out: a page of another site could make them ask (by a name that it has pointed here, or from a
 * script). So the host must be this machine's own, and a request that names an origin is refused.
 */
export class ReadEndpoint {
  readonly #log: Logger;
  #address: ReadAddress | undefined;
  #server: AdminServer | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Where it listens; undefined: nowhere, or not yet. */
  get address(): string | undefined {
    return this.#server?.address;
  }

  /** Goes where the config says. Never rejects: where that is taken, it is tried again. */
  async follow(address: ReadAddress | undefined, postern: Controlled): Promise<void> {
    const { host, port } = address ?? {};
    if (host === this.#address?.host && port === this.#address?.port) return;
    await this.close();
    this.#address = address;
    if (address !== undefined) await this.#open(address, postern);
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#address = undefined;
    const server = this.#server;
    this.#server = undefined;
    await server?.close(closeMs);
  }

  async #open(address: ReadAddress, postern: Controlled, told = false): Promise<void> {
    const server = new AdminServer(readRoutes(postern), this.#log, refuseBrowsers);
    try {
      await server.listenTcp(address);
      if (this.#address === address) this.#server = server;
      else await server.close(0);
    } catch (error) {
      const where = formatHostPort(address.host, address.port);
      const why = error instanceof Error ? error.message : String(error);
      if (!told)
        this.#log.warn(`Cannot listen on ${where} for metrics: ${why}; trying again every ${retryMs / 1000} s`);
      if (this.#address !== address) return;
      this.#timer = setTimeout(() => void this.#open(address, postern, true), retryMs).unref();
    }
  }
}

/** Those that change nothing. */
function readRoutes(postern: Controlled): AdminRoutes {
  return Object.fromEntries(Object.entries(adminRoutes(postern)).filter(([route]) => route.startsWith('GET ')));
}

function refuseBrowsers({ headers }: IncomingMessage): AdminAnswer | undefined {
  if (headers.origin !== undefined) return problem(403, 'Cannot answer a page: this is for programs of this machine');
  const host = (headers.host ?? '').replace(/:\d{1,5}$/, '').toLowerCase();
  if (host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)) return undefined;
  return problem(403, 'Cannot answer under that name: ask 127.0.0.1, [::1] or localhost');
}
