import type net from 'node:net';
import { READ_BYTES } from '../../core/buffer-pool.ts';
import { systemClock, type Clock } from '../../core/clock.ts';
import { normaliseAddress } from '../../core/ip.ts';
import type { Logger } from '../../core/log.ts';
import { ReadBuffer } from '../../core/read-buffer.ts';
import { resetSocket } from '../../core/reset-socket.ts';
import type { TlsFacts } from '../exchange.ts';
import type { ListenerPlan } from '../plan.ts';
import { BoundedMessages } from './bounded-messages.ts';
import { unixAddress, type Admission, type ConnectionGate } from './connection-gate.ts';
import { Listener } from './listener.ts';
import { adopt, type ReadBy } from './raw-accept.ts';

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

  constructor(options: AcceptorOptions) {
    this.#gate = options.gate;
    this.#log = options.log;
    this.#clock = options.clock ?? systemClock;
    this.#readBy = options.readBy ?? 'onread';
  }

  /**
   * Begins to listen. `onConnection` is called with each connection that the gate lets in, the first perhaps before the
   * promise resolves.
   *
   * @throws {ProxyError} `listen-failed`, in words that say what to do. Nothing is left behind then.
   */
  open(plan: ListenerPlan, onConnection: (connection: AcceptedConnection) => void): Promise<Listener> {
    const messages = new BoundedMessages(this.#log, this.#clock);
    const onSocket = (accepted: net.Socket, listener: Listener): void => {
      const address = listener.unix ? unixAddress : normaliseAddress(accepted.remoteAddress);
      if (address === '') return resetSocket(accepted); // Gone before we saw it.
      const admission = this.#gate.enter(address);
      if (admission !== 'ok') {
        resetSocket(accepted);
        return sayRefused(messages, admission, listener, address);
      }
      const connection = new Connection(accepted, listener, address, {
        buffer: this.#buffer,
        readBy: this.#readBy,
        gate: this.#gate,
        messages,
      });
      connection.handTo(onConnection);
    };
    return Listener.open(plan, onSocket, messages);
  }
}

function sayRefused(messages: BoundedMessages, reason: Admission, listener: Listener, client: string): void {
  const message = `Cannot let a connection in: ${refusals[reason]}`;
  messages.say('warn', reason, message, { listener: listener.name, client });
}

const refusals: Readonly<Record<Admission, string>> = {
  ok: '',
  'too-many-connections': 'the limit of connections is reached',
  'too-many-client-connections': 'the client has as many connections as one may have',
};

/** What all connections of a listener share. */
interface Shared {
  readonly buffer: ReadBuffer;
  readonly readBy: ReadBy;
  readonly gate: ConnectionGate;
  readonly messages: BoundedMessages;
}

class Connection implements AcceptedConnection {
  readonly socket: net.Socket;
  readonly listener: Listener;
  readonly address: string;
  readonly port: number;
  readonly localPort: number;
  readonly tls = undefined;
  onBytes: (chunk: Buffer) => boolean = readNoMore;
  readonly #shared: Shared;
  #gone = false;

  constructor(accepted: net.Socket, listener: Listener, address: string, shared: Shared) {
    const adopted = adopt(accepted, shared.buffer, (chunk) => this.#deliver(chunk), shared.readBy);
    this.socket = adopted.socket;
    this.listener = listener;
    this.address = address;
    this.port = adopted.remotePort;
    this.localPort = adopted.localPort;
    this.#shared = shared;
    listener.connections += 1;
    this.socket.on('close', () => this.#leave());
  }

  handTo(onConnection: (connection: AcceptedConnection) => void): void {
    try {
      onConnection(this);
    } catch (error) {
      this.#fail(error);
    }
  }

  #deliver(chunk: Buffer): boolean {
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
    this.#shared.messages.say('error', 'internal-error', message, { listener: this.listener.name });
    this.socket.destroy();
  }

  #leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.listener.connections -= 1;
    this.#shared.gate.leave(this.address);
  }
}

function readNoMore(): boolean {
  return false;
}
