import type net from 'node:net';
import { Deadline } from '../../core/timer-wheel.ts';
import type { ClientSocket } from '../client-socket.ts';
import { guarded } from '../event-guard.ts';
import type { ClientConnection, TlsFacts } from '../exchange.ts';
import type { ListenerPlan } from '../plan.ts';
import type { ClientEnv, ClientFacts } from './client-env.ts';

/** How long a client may take to close its side after we closed ours: closing at once would reset the answer it still reads. */
export const LINGER_MS = 5000;

/**
 * A client's connection as its socket and its thread see it, whatever is spoken on it: the events of the socket, one deadline, and
 * what exchanges say of their client.
 */
export abstract class ClientLink implements ClientConnection {
  readonly id: number;
  readonly listener: string;
  readonly address: string;
  readonly port: number;
  readonly localPort: number;
  readonly trusted: boolean;
  readonly tls: TlsFacts | undefined;
  readonly socket: net.Socket;
  readonly env: ClientEnv;
  /** The client has closed its side. */
  inputEnded = false;
  protected readonly client: ClientSocket;
  protected readonly deadline: Deadline = new Deadline(() => guarded(this.env, this.socket, () => this.expire()));
  #closeListeners: (() => void)[] | undefined;
  #gone = false;

  constructor(client: ClientSocket, facts: ClientFacts, env: ClientEnv) {
    this.id = facts.id;
    this.trusted = facts.trusted;
    this.tls = client.tls;
    this.listener = client.listener.name;
    this.address = client.address;
    this.port = client.port;
    this.localPort = client.localPort;
    this.socket = client.socket;
    this.env = env;
    this.client = client;
    client.socket.on('end', this.#heardEnd);
    client.socket.on('error', ignore); // 'close' follows and says all that matters.
    client.socket.on('close', this.#heardClose);
  }

  /** Begins to read. */
  abstract start(): void;
  /** The thread drains: what does nothing closes now, all else after its exchanges. */
  abstract drain(): void;
  /** Exchanges in flight. */
  abstract get exchanges(): number;
  /** Of those, the ones that carry another protocol. */
  abstract get tunnels(): number;
  /** The client has closed its side. */
  protected abstract ended(): void;
  /** The socket has gone. */
  protected abstract closed(): void;
  /** The deadline is due. */
  protected abstract expire(): void;

  onClose(listener: () => void): void {
    if (this.#gone) listener();
    else (this.#closeListeners ??= []).push(listener);
  }

  /** Whether it came in by this listener. */
  cameBy(listener: ClientSocket['listener']): boolean {
    return this.client.listener === listener;
  }

  /** Ends everything now. */
  destroy(): void {
    this.socket.destroy();
  }

  /** The listener's plan in force: a reload may have changed limits and timeouts. */
  get plan(): ListenerPlan {
    return this.client.listener.plan;
  }

  expireAfter(ms: number): void {
    this.env.wheel.set(this.deadline, ms);
  }

  neverExpire(): void {
    this.deadline.clear();
  }

  /** Another link has the socket from now on: this one hears nothing of it any more, and has gone. */
  protected leaveSocket(): void {
    this.socket.off('end', this.#heardEnd);
    this.socket.off('close', this.#heardClose);
    this.#sayGone();
  }

  readonly #heardEnd = (): void => {
    this.inputEnded = true;
    guarded(this.env, this.socket, () => this.ended());
  };

  readonly #heardClose = (): void => {
    guarded(this.env, this.socket, () => {
      this.closed();
      this.#sayGone();
    });
  };

  #sayGone(): void {
    this.#gone = true;
    this.deadline.clear();
    const listeners = this.#closeListeners ?? [];
    this.#closeListeners = undefined;
    for (const listener of listeners) listener();
  }
}

function ignore(): void {
  // An 'error' without a listener would end the process.
}
