import { isDeepStrictEqual } from 'node:util';

import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import { formatHostPort } from '../../core/ip.ts';
import type { AdminSettings } from '../config/load-result.ts';
import type { Controlled } from '../controlled.ts';
import { messageOf } from '../message-of.ts';
import { OneAtATime } from '../one-at-a-time.ts';
import { AdminServer, type AdminRoutes } from './admin-server.ts';
import { adminRoutes } from './routes.ts';
import { tcpGuard } from './tcp-guard.ts';

/** The address may still be in use by the process before this one. */
const retryMs = 2000;

const closeMs = 1000;

/** What the config says of the address. */
type TcpSettings = Pick<AdminSettings, 'listen' | 'hosts' | 'tokenHash'>;

/**
 * The admin API over TCP. Without a token it is for this machine, and nothing can be changed there, since anybody on the machine can
 * connect to it. With one its bearer may do more, from wherever the address can be reached; what ends the process, or tells its
 * secrets to a successor, is left to the control socket.
 */
export class ReadEndpoint {
  readonly #log: Logger;
  readonly #clock: Clock;
  /** Each move begins where the one before has ended. */
  readonly #turns = new OneAtATime();
  #settings: TcpSettings | undefined;
  #server: AdminServer | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Logger, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** Where it listens; undefined: nowhere, or not yet. */
  get address(): string | undefined {
    return this.#server?.address;
  }

  /** Goes where the config says, with the token that it names. Never rejects: where the address is taken, it is tried again. */
  async follow({ listen, hosts, tokenHash }: TcpSettings, postern: Controlled): Promise<void> {
    const settings = { listen, hosts, tokenHash };
    await this.#turns.run(async () => {
      if (isDeepStrictEqual(settings, this.#settings)) return;
      await this.#close();
      this.#settings = settings;
      await this.#open(settings, postern);
    });
  }

  async close(): Promise<void> {
    await this.#turns.run(() => this.#close());
  }

  async #close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#settings = undefined;
    const server = this.#server;
    this.#server = undefined;
    await server?.close(closeMs);
  }

  async #open(settings: TcpSettings, postern: Controlled, told = false): Promise<void> {
    const { listen, hosts, tokenHash } = settings;
    if (listen === undefined) return;
    const guard = tcpGuard({ hosts, tokenHash, log: this.#log, now: () => this.#clock.now() });
    const server = new AdminServer(routesFor(postern, tokenHash !== undefined), this.#log, guard);
    const where = formatHostPort(listen.host ?? '', listen.port);
    try {
      await server.listenTcp(listen);
      if (this.#settings !== settings) return await server.close(0);
      this.#server = server;
      if (told) this.#log.info(`The admin API listens on ${where} now`);
    } catch (error) {
      if (!told) {
        const again = `trying again every ${retryMs / 1000} s`;
        this.#log.warn(`Cannot listen on ${where} for the admin API: ${messageOf(error)}; ${again}`);
      }
      if (this.#settings !== settings) return;
      this.#timer = setTimeout(() => void this.#open(settings, postern, true), retryMs).unref();
    }
  }
}

/** Calls that are not for those who come by TCP are not even known there. */
function routesFor(postern: Controlled, withToken: boolean): AdminRoutes {
  const known = Object.entries(adminRoutes(postern)).filter(
    ([, { access }]) => access !== 'socket' && (withToken || access !== 'token'),
  );
  return Object.fromEntries(known);
}
