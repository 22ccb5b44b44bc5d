import net from 'node:net';
import { formatHostPort } from '../../core/ip.ts';
import type { ListeningSocket } from '../data-plane.ts';
import type { ListenerPlan } from '../plan.ts';
import type { BoundedMessages } from './bounded-messages.ts';
import { errorCode, openFilesWords, toListenError } from './listen-error.ts';
import { listenBeside, listenFirst, listenOnce, listenTcp } from './listen.ts';
import type { TlsListener } from './tls-listener.ts';
import { adoptUnix, listenUnix, type SocketFile } from './unix-socket.ts';

/** What a listener begins with. */
export interface ListenerStart {
  readonly plan: ListenerPlan;
  /** As the plan says it; undefined: plain HTTP. */
  readonly tls: TlsListener | undefined;
  /** The socket of the process before this one, which this one continues or listens beside; undefined: the address is new. */
  readonly before?: ListeningSocket;
}

/** Turns of the event loop in which a listener that hands over takes what waits: more than a queue is long. */
const mostTurns = 10_000;

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
  /** Connections that came, let in or not. */
  #accepted = 0;
  #address = '';
  #file: SocketFile | undefined;
  #closed: Promise<void> | undefined;
  /** The process before this one has the socket file, too, until this one's plan is in force: closing leaves it there. */
  #fileShared: boolean;
  /** What earlier plans said, while handshakes by it may go on. */
  readonly #left = new Set<TlsListener>();

  private constructor({ plan, tls, before }: ListenerStart, server: net.Server, messages: BoundedMessages) {
    this.plan = plan;
    this.tls = tls;
    this.#fileShared = before !== undefined;
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
    start: ListenerStart,
    onSocket: (accepted: net.Socket, listener: Listener) => void,
    messages: BoundedMessages,
  ): Promise<Listener> {
    const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true });
    const listener = new Listener(start, server, messages);
    server.on('connection', (accepted) => {
      listener.#accepted += 1;
      onSocket(accepted, listener);
    });
    await listener.#listen(start.before).catch((error: unknown) => {
      throw toListenError(start.plan.address, error);
    });
    return listener;
  }

  get name(): string {
    return this.plan.name;
  }

  get closed(): boolean {
    return this.#closed !== undefined;
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
    this.#fileShared = false;
  }

  /**
   * Stops accepting and removes the socket file; connections go on, handshakes do not. Never rejects. Resolves when the address is free,
   * not when the connections have ended. Connections that the kernel has accepted and we have not are reset by it.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /**
   * Stops accepting for a successor that has the address: what waits to be accepted is taken first, the socket file stays, and
   * handshakes go on. `close` is still to be called.
   */
  async handOver(): Promise<void> {
    this.#fileShared = true;
    await this.#emptyQueue();
    this.#server.close();
  }

  /** Node takes one connection a turn of its loop: the queue was empty when a turn brought none. */
  async #emptyQueue(): Promise<void> {
    for (let turn = 0; turn < mostTurns; turn++) {
      const before = this.#accepted;
      // oxlint-disable-next-line no-await-in-loop -- one turn after the other
      await new Promise((resolve) => void setImmediate(resolve));
      if (this.#accepted === before) return;
    }
  }

  /** What a successor is told. */
  get socket(): ListeningSocket {
    const { address } = this.plan;
    const bound = this.#server.address();
    const port = bound !== null && typeof bound === 'object' ? bound.port : 0;
    return { address, port, fd: descriptorOf(this.#server) };
  }

  async #listen(before: ListeningSocket | undefined): Promise<void> {
    const { address } = this.plan;
    const fd = before?.fd;
    if (address.kind === 'unix') {
      this.#address = `unix:${address.path}`;
      if (fd !== undefined) this.#file = await adoptUnix(this.#server, address, fd);
      else this.#file = await listenUnix(this.#server, address, { replace: before !== undefined });
    } else {
      if (fd !== undefined) await listenOnce(this.#server, { fd });
      else
        await listenTcp(this.#server, address.host, before?.port ?? address.port, before ? listenBeside : listenFirst);
      this.#address = boundText(this.#server.address());
    }
    this.#server.on('error', (error) => this.#acceptFailed(error));
  }

  async #close(): Promise<void> {
    for (const tls of [this.tls, ...this.#left]) tls?.abandon();
    this.#server.close(); // The kernel's socket is closed when this returns; the callback may wait for connections.
    try {
      if (!this.#fileShared) await this.#file?.remove();
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

/** Undefined where Node has none: it keeps the descriptor to itself, and may one day do so altogether. */
function descriptorOf(server: net.Server): number | undefined {
  // oxlint-disable-next-line no-underscore-dangle -- there is no public way to the descriptor
  const handle: unknown = '_handle' in server ? server._handle : undefined;
  if (typeof handle !== 'object' || handle === null || !('fd' in handle)) return undefined;
  return typeof handle.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined;
}
