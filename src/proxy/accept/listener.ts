import net from 'node:net';
import { formatHostPort } from '../../core/ip.ts';
import type { ListenerPlan } from '../plan.ts';
import type { BoundedMessages } from './bounded-messages.ts';
import { errorCode, openFilesWords, toListenError } from './listen-error.ts';
import { listenTcp } from './listen.ts';
import type { TlsListener } from './tls-listener.ts';
import { listenUnix, type SocketFile } from './unix-socket.ts';

/** What a listener begins with. */
export interface ListenerStart {
  readonly plan: ListenerPlan;
  /** As the plan says it; undefined: plain HTTP. */
  readonly tls: TlsListener | undefined;
}

/** An address that clients connect to. */
export class Listener {
  /** Replaced by a reload where the address is equal. Connections read it for each use. */
  plan: ListenerPlan;
  /** What connections speak from now on; undefined: plain HTTP. Replaced with the plan. */
  tls: TlsListener | undefined;
  /** Open connections that came in here; kept by the acceptor. */
  connections = 0;
  readonly #server: net.Server;
  readonly #messages: BoundedMessages;
  #address = '';
  #file: SocketFile | undefined;
  #closed: Promise<void> | undefined;
  /** What earlier plans said, while handshakes by it may go on. */
  readonly #left = new Set<TlsListener>();

  private constructor(plan: ListenerPlan, tls: TlsListener | undefined, server: net.Server, messages: BoundedMessages) {
    this.plan = plan;
    this.tls = tls;
    this.#server = server;
    this.#messages = messages;
  }

  /**
   * Begins to listen. `onSocket` gets every connection, the first perhaps before the promise resolves; nothing has been
   * read of it. It must not throw.
   *
   * @throws {ProxyError} `listen-failed`, in words that say what to do. Nothing is left behind then.
   */
  static async open(
    { plan, tls }: ListenerStart,
    onSocket: (accepted: net.Socket, listener: Listener) => void,
    messages: BoundedMessages,
  ): Promise<Listener> {
    const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true });
    const listener = new Listener(plan, tls, server, messages);
    server.on('connection', (accepted) => onSocket(accepted, listener));
    await listener.#listen().catch((error: unknown) => {
      throw toListenError(plan.address, error);
    });
    return listener;
  }

  get name(): string {
    return this.plan.name;
  }

  /** `127.0.0.1:8080`, `[::]:8080` or `unix:/run/x.sock`: port 0 has become a real one. */
  get address(): string {
    return this.#address;
  }

  /** True where clients have no address of their own. */
  get unix(): boolean {
    return this.plan.address.kind === 'unix';
  }

  /** From the next connection on. Handshakes that go on end as they began. */
  follow({ plan, tls }: ListenerStart): void {
    for (const before of this.#left) if (!before.busy) this.#left.delete(before);
    if (this.tls !== tls && this.tls !== undefined) this.#left.add(this.tls);
    this.plan = plan;
    this.tls = tls;
  }

  /**
   * Stops accepting and removes the socket file; connections go on, handshakes do not. Never rejects. Resolves when the address is free,
   * not when the connections have ended. Connections that the kernel has accepted and we have not are reset by it.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #listen(): Promise<void> {
    const { address } = this.plan;
    if (address.kind === 'unix') {
      this.#address = `unix:${address.path}`;
      this.#file = await listenUnix(this.#server, address);
    } else {
      await listenTcp(this.#server, address.host, address.port);
      this.#address = boundText(this.#server.address());
    }
    this.#server.on('error', (error) => this.#acceptFailed(error));
  }

  async #close(): Promise<void> {
    for (const tls of [this.tls, ...this.#left]) tls?.abandon();
    this.#server.close(); // The kernel's socket is closed when this returns; the callback may wait for connections.
    try {
      await this.#file?.remove();
    } catch (error) {
      const message = `Cannot remove the socket file of listener ${this.name}: ${String(error)}`;
      this.#messages.say('warn', 'socket-file-left', message, { listener: this.name });
    }
  }

  #acceptFailed(error: Error): void {
    const code = errorCode(error);
    const why = code === 'EMFILE' || code === 'ENFILE' ? openFilesWords : error.message;
    const message = `Cannot accept a connection on ${this.#address}: ${why}`;
    this.#messages.say('error', `accept-failed-${code}`, message, { listener: this.name });
  }
}

function boundText(bound: ReturnType<net.Server['address']>): string {
  if (bound === null || typeof bound === 'string') return bound ?? '';
  return formatHostPort(bound.address, bound.port);
}
