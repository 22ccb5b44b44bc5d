import type { Exchange, Reply } from '../exchange.ts';
import type { Picker } from '../picker.ts';
import type { PoolPlan } from '../plan.ts';
import { Bindings } from './affinity.ts';
import { Forward, type OutgoingRequest, type ServerChoice } from './forward.ts';
import { Server, type ServerEnv } from './server.ts';

/** The servers of a pool, and the way of an exchange to one of them. */
export class Pool implements ServerChoice {
  readonly plan: PoolPlan;
  readonly servers: readonly Server[];
  readonly bindings: Bindings = new Bindings();
  readonly #env: ServerEnv;
  readonly #picker: Picker<Server>;

  constructor(plan: PoolPlan, picker: Picker<Server>, env: ServerEnv) {
    this.plan = plan;
    this.#env = env;
    this.#picker = picker;
    this.servers = plan.servers.map((server) => new Server(plan, server, env));
  }

  /** Brings the exchange to a server; what becomes of it goes to `reply`. @returns whom to tell if the client goes away. */
  forward(exchange: Exchange, reply: Reply, request: OutgoingRequest): Forward {
    const forward = new Forward(this, this.#env.clock, { exchange, reply, request });
    forward.start();
    return forward;
  }

  pick(exchange: Exchange, tried: ReadonlySet<Server> | undefined): Server | undefined {
    if (this.servers.length <= (tried?.size ?? 0)) return undefined;
    return this.#picker.pick(exchange, this.servers, tried);
  }

  /** New addresses of a name that servers are known by. */
  setAddresses(name: string, addresses: readonly string[]): void {
    for (const server of this.servers) {
      const { address } = server.server;
      if (address.kind === 'tcp' && address.host === name) server.addresses = addresses;
    }
  }

  /** No new exchanges come: idle connections are closed, the others as they become idle. */
  retire(): void {
    for (const server of this.servers) server.retire();
  }

  destroy(): void {
    for (const server of this.servers) server.destroy();
  }
}
