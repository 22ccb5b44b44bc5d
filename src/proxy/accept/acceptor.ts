import { close } from 'node:fs';
import type net from 'node:net';
import { READ_BYTES } from '../../core/buffer-pool.ts';
import { systemClock, type Clock } from '../../core/clock.ts';
import type { ProxyError } from '../../core/errors.ts';
import { normaliseAddress } from '../../core/ip.ts';
import type { Logger } from '../../core/log.ts';
import { ReadBuffer } from '../../core/read-buffer.ts';
import { resetSocket } from '../../core/reset-socket.ts';
import type { ListeningSocket } from '../data-plane.ts';
import type { TlsFacts } from '../exchange.ts';
import type { ListenAddress, ListenerPlan } from '../plan.ts';
import type { TlsSecrets } from '../tls-secrets.ts';
import { BoundedMessages } from './bounded-messages.ts';
import { unixAddress, type Admission, type ConnectionGate } from './connection-gate.ts';
import { Listener, type ListenerStart } from './listener.ts';
import { adopt, readByEvents, type AdoptedSocket, type ReadBy } from './raw-accept.ts';
import { isInTheWay, TakenOver } from './taken-over.ts';
import { TlsListener, type HandshakeOwner } from './tls-listener.ts';

/** A client's connection that was let in. It is counted until its socket's 'close'. */
export interface AcceptedConnection {
  /** Nothing is read before `socket.resume()`, nor after `onBytes` returned false until the next one. */
  readonly socket: net.Socket;
  readonly listener: Listener;
  /** Peer's address, normalised (`::ffff:` taken off); `unix` for a unix socket. */
  readonly address: string;
  /** Peer's port; 0 for a unix socket. */
  readonly port: number;
  /** Our port; 0 for a unix socket. */
  readonly localPort: number;
  /** Undefined: plain HTTP. */
  readonly tls: TlsFacts | undefined;
  /** Set by the receiver before it calls `socket.resume()`. The chunk is lent until it returns; false: read no more. */
  onBytes: (chunk: Buffer) => boolean;
}

export interface AcceptorOptions {
  readonly gate: ConnectionGate;
  readonly log: Logger;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Default: `onread`. */
  readonly readBy?: ReadBy;
}

/** Opens listeners and lets connections in: one object a thread, because it owns the read buffer that all of them share. */
export class Acceptor {
  readonly #gate: ConnectionGate;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #readBy: ReadBy;
  readonly #buffer: ReadBuffer = new ReadBuffer(READ_BYTES);
  readonly #takenOver: TakenOver = new TakenOver();
  /** Those that it opened; who closed since then leave with the next one. */
  #listeners: readonly Listener[] = [];

  constructor(options: AcceptorOptions) {
    this.#gate = options.gate;
    this.#log = options.log;
    this.#clock = options.clock ?? systemClock;
    this.#readBy = options.readBy ?? 'onread';
  }

  /** Other threads of this process may have the addresses of listeners to come. */
  beside = false;
  /** For listeners from now on; those that listen are told by whoever has them. */
  secrets: TlsSecrets | undefined;

  /**
   * How a listener with this plan speaks TLS: as it does now, where that is the same.
   *
   * @throws {ProxyError} `listen-failed` where OpenSSL does not take what the plan says.
   */
  tlsFor(plan: ListenerPlan, current: TlsListener | undefined): TlsListener | undefined {
    const { tls } = plan;
    if (tls === undefined || current?.equals(tls, plan) === true) return tls && current;
    const made = new TlsListener(tls, plan, current?.counts);
    if (this.secrets !== undefined) made.useSecrets(this.secrets);
    return made;
  }

  /**
   * Begins to listen. `onConnection` is called with each connection that the gate lets in, after its handshake where there
   * is one; with the first perhaps before the promise resolves.
   *
   * @throws {ProxyError} `listen-failed`, in words that say what to do. Nothing is left behind then.
   */
  async open(start: ListenerStart, onConnection: (connection: AcceptedConnection) => void): Promise<Listener> {
    const shared: Shared = {
      buffer: this.#buffer,
      readBy: this.#readBy,
      gate: this.#gate,
      messages: new BoundedMessages(this.#log, this.#clock),
      onConnection,
    };
    const { address } = start.plan;
    const before = this.#takenOver.find(address) ?? (this.#isOurs(address) ? ownSocket(address) : undefined);
    const listener = await Listener.open(
      before === undefined ? start : { ...start, before },
      (accepted, of) => letIn(accepted, of, shared),
      shared.messages,
    );
    this.#listeners = [...this.#listeners.filter(({ closed }) => !closed), listener];
    return listener;
  }

  /** Part of the address, too: a reload leads from `127.0.0.1:80` to `:80`, and both are open for a moment. */
  #isOurs(address: ListenAddress): boolean {
    if (this.beside || this.#takenOver.overlaps(address)) return true;
    return this.#listeners.some(({ socket, closed }) => !closed && isInTheWay(socket, address));
  }

  /** Listeners to come continue these sockets of the process before this one, where the address is the same. */
  takeOver(sockets: readonly ListeningSocket[]): void {
    this.#takenOver.offer(sockets);
  }

  /** The listeners of the plan are open: what is left over is closed. */
  settleTakeOver(used: readonly ListenAddress[]): void {
    for (const fd of this.#takenOver.settle(used)) close(fd, () => {});
  }
}

/** As another thread listens, or a listener that is about to go: a second socket beside it. Unix sockets have one owner. */
function ownSocket(address: ListenAddress): ListeningSocket | undefined {
  return address.kind === 'tcp' ? { address, port: address.port, fd: undefined } : undefined;
}

function letIn(accepted: net.Socket, listener: Listener, shared: Shared): void {
  const address = listener.unix ? unixAddress : normaliseAddress(accepted.remoteAddress);
  if (address === '') return resetSocket(accepted); // Gone before we saw it.
  const admission = shared.gate.enter(address);
  if (admission !== 'ok') {
    resetSocket(accepted);
    return sayRefused(shared.messages, admission, listener, address);
  }
  const seat = new Seat(listener, address, shared);
  if (listener.tls !== undefined) return void new Handshake(accepted, seat, listener.tls);
  const connection = new Connection(seat, undefined);
  connection.handOver(adopt(accepted, shared.buffer, (chunk) => connection.deliver(chunk), shared.readBy));
}

function sayRefused(messages: BoundedMessages, reason: Admission, listener: Listener, client: string): void {
  const message = `Cannot let a connection in: ${refusals[reason]}`;
  messages.say('warn', reason, message, { listener: listener.name, client });
}

const refusals: Readonly<Record<Admission, string>> = {
  ok: '',
  'too-many-connections': 'the limit of connections is reached',
  'too-many-client-connections': 'the client has as many connections as one may have',
  overloaded: 'memory is short, and as many connections are open as it allows',
};

/** What all connections of a listener share. */
interface Shared {
  readonly buffer: ReadBuffer;
  readonly readBy: ReadBy;
  readonly gate: ConnectionGate;
  readonly messages: BoundedMessages;
  readonly onConnection: (connection: AcceptedConnection) => void;
}

/** The place that a connection takes from its accept to the 'close' of its socket. */
class Seat {
  readonly listener: Listener;
  readonly address: string;
  readonly shared: Shared;
  #taken = true;

  constructor(listener: Listener, address: string, shared: Shared) {
    this.listener = listener;
    this.address = address;
    this.shared = shared;
    listener.connections += 1;
  }

  leave(): void {
    if (!this.#taken) return;
    this.#taken = false;
    this.listener.connections -= 1;
    this.shared.gate.leave(this.address);
  }
}

/** A connection that becomes one when it has agreed on TLS. */
class Handshake implements HandshakeOwner {
  readonly #seat: Seat;
  readonly #remotePort: number;
  readonly #localPort: number;

  constructor(raw: net.Socket, seat: Seat, tls: TlsListener) {
    this.#seat = seat;
    this.#remotePort = raw.remotePort ?? 0;
    this.#localPort = raw.localPort ?? 0;
    raw.on('error', ignore);
    raw.on('close', () => seat.leave());
    tls.begin(raw, this);
  }

  secured(socket: net.Socket, facts: TlsFacts): void {
    const connection = new Connection(this.#seat, facts);
    // What goes wrong in an open TLS connection is told by 'error' alone.
    socket.on('error', () => socket.destroy());
    readByEvents(socket, (chunk) => connection.deliver(chunk));
    connection.handOver({ socket, remoteAddress: '', remotePort: this.#remotePort, localPort: this.#localPort });
  }

  handshakeFailed(error: ProxyError): void {
    const { shared, listener, address } = this.#seat;
    // Whoever scans the net causes these: they are worth a line only to those who look for one.
    shared.messages.say('debug', error.code, error.message, { listener: listener.name, client: address });
  }
}

class Connection implements AcceptedConnection {
  readonly listener: Listener;
  readonly address: string;
  readonly tls: TlsFacts | undefined;
  port = 0;
  localPort = 0;
  onBytes: (chunk: Buffer) => boolean = readNoMore;
  readonly #seat: Seat;
  #socket: net.Socket | undefined;

  constructor(seat: Seat, tls: TlsFacts | undefined) {
    this.listener = seat.listener;
    this.address = seat.address;
    this.tls = tls;
    this.#seat = seat;
  }

  get socket(): net.Socket {
    return this.#socket!;
  }

  /** Gives it to the listener's owner, with the socket that it is read by. */
  handOver({ socket, remotePort, localPort }: AdoptedSocket): void {
    this.#socket = socket;
    this.port = remotePort;
    this.localPort = localPort;
    socket.on('close', () => this.#seat.leave());
    try {
      this.#seat.shared.onConnection(this);
    } catch (error) {
      this.#fail(error);
    }
  }

  deliver(chunk: Buffer): boolean {
    try {
      return this.onBytes(chunk);
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  /** A receiver's bug ends this connection; thrown on, it would end all of them. */
  #fail(error: unknown): void {
    const message = `Cannot go on with a connection: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
    this.#seat.shared.messages.say('error', 'internal-error', message, { listener: this.listener.name });
    this.#socket?.destroy();
  }
}

function readNoMore(): boolean {
  return false;
}

function ignore(): void {
  // 'close' follows and says all that matters.
}
