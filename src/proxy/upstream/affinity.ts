import { ProxyError } from '../../core/errors.ts';
import type { ClientConnection, Exchange } from '../exchange.ts';
import type { Server } from './server.ts';
import type { ServerConnection } from './server-connection.ts';

/** A proxy in front mixes users: what one of them may do would be everybody's. */
export function throughProxy(): ProxyError {
  const why = 'NTLM and Negotiate authenticate a connection, and a trusted proxy sends requests of many users over one';
  return new ProxyError('connection-auth-through-proxy', `Cannot pass on the credentials: ${why}`);
}

export interface Binding {
  /** Another one only as long as no connection was made: no credentials have left then. */
  server: Server;
  connection: ServerConnection | undefined;
}

/**
 * Server connections that belong to one client connection for good: they go back to no other, and close with the client's.
 * Invariant: a connection in here is in no list of idle ones.
 */
export class Bindings {
  readonly #byClient: Map<ClientConnection, Binding> = new Map();

  /** None are there: the usual case, told without a look-up. */
  get empty(): boolean {
    return this.#byClient.size === 0;
  }

  of(client: ClientConnection): Binding | undefined {
    return this.#byClient.get(client);
  }

  /** Binds the client to the server; the connection is filled in when there is one. */
  bind(client: ClientConnection, server: Server): Binding {
    const known = this.#byClient.get(client);
    if (known) return known;
    const binding: Binding = { server, connection: undefined };
    this.#byClient.set(client, binding);
    client.onClose(() => {
      this.#byClient.delete(client);
      binding.connection?.destroy();
    });
    return binding;
  }
}

/** A connection that carries one client's credentials is that client's, and never idle for others. */
export function bindConnection(connection: ServerConnection, binding: Binding): void {
  if (binding.connection !== connection) binding.connection?.destroy();
  binding.connection = connection;
  connection.bound = true;
}

/** The server that the client is bound to, if it is. */
export function boundServer(binding: Binding | undefined, { trace }: Exchange): Server | undefined {
  if (binding !== undefined) trace?.add('pick', 'the client is bound to it', binding.server.name);
  return binding?.server;
}

/** The client's own connection, where it is there and free. */
export function usableOf({ connection }: Binding): ServerConnection | undefined {
  return connection?.usable === true ? connection : undefined;
}
