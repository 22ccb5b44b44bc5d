import type { ClientSocket } from './client-socket.ts';
import type { ClientEnv, ClientFacts } from './codec/client-env.ts';
import type { ClientLink } from './codec/client-link.ts';
import { Http1Connection } from './codec/http1/http1-connection.ts';
import { Http2Connection } from './codec/http2/http2-connection.ts';
import { Emptiness } from './emptiness.ts';

/** The client connections of a thread, whatever they speak. */
export class ClientConnections implements Iterable<ClientLink> {
  readonly #env: ClientEnv;
  /** The oldest first. */
  readonly #open: Set<ClientLink> = new Set();
  readonly #empty: Emptiness = new Emptiness(this.#open);
  #total = 0;

  constructor(env: ClientEnv) {
    this.#env = env;
  }

  [Symbol.iterator](): IterableIterator<ClientLink> {
    return this.#open.values();
  }

  /** A connection that was accepted. It speaks what the handshake has agreed on, or else HTTP/1 until it says something else. */
  add(accepted: ClientSocket, trusted: boolean): void {
    const facts = { id: ++this.#total, trusted };
    const speaksHttp2 = accepted.tls?.alpn === 'h2';
    this.#start(new (speaksHttp2 ? Http2Connection : Http1Connection)(accepted, facts, this.#env));
  }

  /** One that turns out to speak HTTP/2. @param came what has been read of it, lent. */
  addHttp2(client: ClientSocket, facts: ClientFacts, came: readonly Buffer[]): void {
    const connection = new Http2Connection(client, facts, this.#env);
    this.#start(connection);
    for (const bytes of came) connection.read(bytes);
  }

  #start(connection: ClientLink): void {
    this.#open.add(connection);
    connection.onClose(() => {
      this.#open.delete(connection);
      this.#empty.look();
    });
    connection.start();
  }

  get exchanges(): number {
    let sum = 0;
    for (const { exchanges } of this.#open) sum += exchanges;
    return sum;
  }

  get tunnels(): number {
    let sum = 0;
    for (const { tunnels } of this.#open) sum += tunnels;
    return sum;
  }

  /** @param which default: all. */
  drain(which: (connection: ClientLink) => boolean = () => true): void {
    for (const connection of this.#open) if (which(connection)) connection.drain();
  }

  destroy(): void {
    for (const connection of this.#open) connection.destroy();
  }

  /** Resolves when there is none any more, or after `ms`. */
  gone(ms: number): Promise<void> {
    return this.#empty.within(ms);
  }
}
