import net from 'node:net';
import type { ReadBuffer } from '../../core/read-buffer.ts';
import { ProxyError, type ErrorCode } from '../../core/errors.ts';

/** As TLS names them (RFC 7301). */
export type Protocol = 'h2' | 'http/1.1';

/** Where to connect, and from where. */
export interface DialTarget {
  readonly address:
    | { readonly kind: 'tcp'; readonly addresses: readonly string[]; readonly port: number }
    | { readonly kind: 'unix'; readonly path: string };
  readonly sourceAddress: string | undefined;
  readonly timeoutMs: number;
  /** Read buffer that all server connections of the thread share; undefined: the socket is not read from here. */
  readonly buffer: ReadBuffer | undefined;
  /** Protocols that are offered in a TLS handshake, best first; undefined: those of the `TlsPeer`. */
  readonly offers?: readonly Protocol[] | undefined;
}

/** A connected socket; its bytes go to `onBytes`, which the receiver sets before the next turn of the event loop. */
export interface DialedSocket {
  readonly socket: net.Socket;
  /** The chunk is lent; false pauses reading until `socket.resume()`. */
  onBytes: (chunk: Buffer) => boolean;
}

/** RFC 8305 section 5: the next address is tried when the last has not answered for so long. */
const NEXT_ATTEMPT_MS = 250;

/**
 * Connects to a server: its addresses one after the other, families taking turns, each without waiting long for the last
 * (RFC 8305, 'happy eyeballs'). The first to connect wins, the others are closed.
 *
 * `done` is called once, never before `dial` has returned, with the socket or with what the last attempt found.
 * @returns how to give up: `done` is then not called.
 */
export function dial(target: DialTarget, done: (result: DialedSocket | ProxyError) => void): () => void {
  const attempts = new Attempts(target, done);
  attempts.start();
  return () => attempts.finish(undefined);
}

class Attempts {
  readonly #target: DialTarget;
  #done: ((result: DialedSocket | ProxyError) => void) | undefined;
  readonly #waiting: (net.TcpNetConnectOpts | net.IpcNetConnectOpts)[];
  readonly #sockets: Set<net.Socket> = new Set();
  #next: NodeJS.Timeout | undefined;
  #limit: NodeJS.Timeout | undefined;
  #lastError: ProxyError | undefined;

  constructor(target: DialTarget, done: (result: DialedSocket | ProxyError) => void) {
    this.#target = target;
    this.#done = done;
    this.#waiting = connectOptions(target);
  }

  start(): void {
    this.#limit = setTimeout(() => this.finish(this.#tooLate()), this.#target.timeoutMs);
    if (this.#waiting.length === 0) {
      const error = new ProxyError(
        'server-unreachable',
        'Cannot connect: no address of the server has the family of sourceAddress',
      );
      setImmediate(() => this.finish(error));
    } else {
      this.#attempt();
    }
  }

  /** Ends all attempts but the one that won. */
  finish(result: DialedSocket | ProxyError | undefined): void {
    const done = this.#done;
    if (!done) return;
    this.#done = undefined;
    clearTimeout(this.#next);
    clearTimeout(this.#limit);
    for (const socket of this.#sockets)
      if (!result || result instanceof ProxyError || socket !== result.socket) socket.destroy();
    if (result) done(result);
  }

  #attempt(): void {
    clearTimeout(this.#next);
    const options = this.#waiting.shift();
    if (!options || !this.#done) return;
    const socket = connect(options, this.#target.buffer, (chunk) => dialed.onBytes(chunk));
    const dialed: DialedSocket = { socket, onBytes: () => true };
    this.#sockets.add(socket);
    socket.on('error', (error) => this.#failed(socket, error));
    socket.once('connect', () => this.finish(dialed));
    if (this.#waiting.length > 0) this.#next = setTimeout(() => this.#attempt(), NEXT_ATTEMPT_MS);
  }

  #failed(socket: net.Socket, error: NodeJS.ErrnoException): void {
    if (!this.#done) return; // Connected or given up: 'close' tells the rest.
    this.#sockets.delete(socket);
    this.#lastError = toProxyError(error, this.#target.sourceAddress);
    if (this.#waiting.length > 0) this.#attempt();
    else if (this.#sockets.size === 0) this.finish(this.#lastError);
  }

  #tooLate(): ProxyError {
    const detail = this.#lastError ? `; another address: ${this.#lastError.message}` : '';
    return new ProxyError(
      'server-connect-timeout',
      `Cannot connect to the server: no answer in ${this.#target.timeoutMs} ms${detail}`,
    );
  }
}

function connect(
  options: net.TcpNetConnectOpts | net.IpcNetConnectOpts,
  buffer: ReadBuffer | undefined,
  onBytes: (chunk: Buffer) => boolean,
): net.Socket {
  const common = { allowHalfOpen: true, noDelay: true };
  if (!buffer) return net.connect({ ...options, ...common });
  const onread = { buffer: buffer.bytes, callback: (length: number) => onBytes(buffer.read(length)) };
  return net.connect({ ...options, ...common, onread });
}

function connectOptions(target: DialTarget): (net.TcpNetConnectOpts | net.IpcNetConnectOpts)[] {
  const { address, sourceAddress } = target;
  if (address.kind === 'unix') return [{ path: address.path }];
  const family = sourceAddress === undefined ? 0 : net.isIP(sourceAddress);
  const usable = address.addresses.filter((host) => family === 0 || net.isIP(host) === family);
  const { port } = address;
  const toOptions = (host: string): net.TcpNetConnectOpts =>
    sourceAddress === undefined ? { host, port } : { host, port, localAddress: sourceAddress };
  return takeTurns(usable).map(toOptions);
}

/** RFC 8305 section 4: families alternate, beginning with the family of the first address. */
function takeTurns(addresses: readonly string[]): string[] {
  const first = addresses[0] === undefined ? 0 : net.isIP(addresses[0]);
  const same = addresses.filter((host) => net.isIP(host) === first);
  const other = addresses.filter((host) => net.isIP(host) !== first);
  return same.flatMap((host, i) => [host, ...other.slice(i, i + 1)]).concat(other.slice(same.length));
}

/** Node says to which address, too. */
interface ConnectError extends NodeJS.ErrnoException {
  readonly address?: string;
}

function toProxyError(error: ConnectError, sourceAddress: string | undefined): ProxyError {
  const why = wordsFor(error, sourceAddress) ?? error.message;
  return new ProxyError(codeOf(error), `Cannot connect to the server: ${why}`, { cause: error });
}

function wordsFor(error: ConnectError, sourceAddress: string | undefined): string | undefined {
  const { code, syscall } = error;
  if (code === 'EADDRNOTAVAIL' && syscall === 'bind')
    return `this machine has no address ${sourceAddress} (sourceAddress)`;
  if (code !== 'EADDRINUSE' && !hasNoPort(error)) return undefined;
  return 'all local ports for it are in use; widen net.ipv4.ip_local_port_range, or give the server more addresses';
}

/**
 * A local port is chosen when connecting, of those that are free towards this server, or with a source address when binding, of
 * all. Over IPv6 the same error mostly says that the machine has no IPv6: the server cannot be reached then.
 */
function hasNoPort({ code, syscall, address = '' }: ConnectError): boolean {
  return code === 'EADDRNOTAVAIL' && syscall === 'connect' && !net.isIPv6(address);
}

function codeOf(error: ConnectError): ErrorCode {
  if (hasNoPort(error)) return 'server-full'; // It is not to blame, and another one may do.
  switch (error.code) {
    case 'ECONNREFUSED':
    case 'ENOENT': // A unix socket that is not there.
      return 'server-refused';
    case 'ETIMEDOUT':
      return 'server-connect-timeout';
    case 'EMFILE': // What we have run out of ourselves: no other server would do better.
    case 'ENFILE':
    case 'ENOBUFS':
    case 'ENOMEM':
    case 'EADDRINUSE':
      return 'overloaded';
    default:
      return 'server-unreachable';
  }
}
