import { createHash } from 'node:crypto';
import net from 'node:net';
import tls from 'node:tls';
import { ProxyError } from '../../core/errors.ts';
import { socketBelow } from '../../core/raw-socket.ts';
import type { TlsFacts } from '../exchange.ts';
import type { ListenerPlan } from '../plan.ts';
import type { ListenerTlsPlan, TlsVersion } from '../tls-plan.ts';
import type { TlsSecrets } from '../tls-secrets.ts';
import { identityOf, SecureContexts } from './tls-contexts.ts';
import { HandshakeFacts } from './tls-facts.ts';
import { normaliseServerName } from './tls-names.ts';
import { refuseName, refusePlainHttp } from './tls-refusals.ts';
import { ticketKeysFor } from './tls-tickets.ts';

/** Who waits for the end of a handshake. Neither call comes after the other, nor after `TlsListener.abandon`. */
export interface HandshakeOwner {
  /** It is done. Nothing has been read of what follows. Must not throw. */
  secured(socket: tls.TLSSocket, facts: TlsFacts): void;
  /** It came to nothing, and the connection is ending. Must not throw. */
  handshakeFailed(error: ProxyError): void;
}

/** Handshakes since the start; `resumed` are among those that are done. */
interface HandshakeCounts {
  done: number;
  resumed: number;
  failed: number;
  /** Those that are done, by version: whole ones and resumed ones. */
  readonly versions: Map<TlsVersion, { full: number; resumed: number }>;
}

function noHandshakes(): HandshakeCounts {
  return { done: 0, resumed: 0, failed: 0, versions: new Map() };
}

/** What counts of a listener besides. */
type Spoken = Pick<ListenerPlan, 'name' | 'http2'>;

/** For a name: the server's own context where it is undefined. */
type Choice = tls.SecureContext | undefined | 'refuse';

/**
 * How a listener speaks TLS, as long as its plan says the same: a `tls.Server` that never listens, and is given connections
 * that others have accepted.
 */
export class TlsListener {
  readonly plan: ListenerTlsPlan;
  readonly counts: HandshakeCounts;
  readonly #name: string;
  readonly #http2: boolean;
  readonly #contexts: SecureContexts;
  readonly #server: tls.Server;
  /** Handshakes that go on, by the socket that was accepted. */
  readonly #waiting = new Map<net.Socket, HandshakeOwner>();
  #staples: ReadonlyMap<string, Buffer> = new Map();

  /**
   * @param listener its name, and whether it speaks HTTP/2.
   * @param counts to be gone on with; default: from 0.
   * @throws {ProxyError} `listen-failed` where OpenSSL does not take what the plan says.
   */
  constructor(plan: ListenerTlsPlan, { name, http2 }: Spoken, counts: HandshakeCounts = noHandshakes()) {
    this.plan = plan;
    this.counts = counts;
    this.#name = name;
    this.#http2 = http2 !== undefined;
    this.#contexts = new SecureContexts(plan, name);
    this.#server = this.#createServer();
    this.#server.on('secureConnection', (socket) => this.#secured(socket));
    this.#server.on('tlsClientError', (error, socket) => this.#failed(error, socket));
  }

  /** True where this is what a listener of that name and plan would be. */
  equals(plan: ListenerTlsPlan, { name, http2 }: Spoken): boolean {
    if (this.#http2 !== (http2 !== undefined)) return false;
    // Plans are plain data with keys in one order, so equal text is an equal plan.
    return name === this.#name && JSON.stringify(plan) === JSON.stringify(this.plan);
  }

  /** Takes effect for handshakes from now on. */
  useSecrets({ ticketKeys, staples }: TlsSecrets): void {
    this.#server.setTicketKeys(ticketKeysFor(ticketKeys, identityOf(this.plan, this.#name)));
    const ours = new Set(this.#contexts.stapled);
    const usable = staples.filter(({ fingerprint }) => ours.has(fingerprint));
    this.#staples = new Map(usable.map(({ fingerprint, response }) => [fingerprint, Buffer.from(response)]));
    // Node asks at each handshake whether anyone listens, and each question to us costs a way out of OpenSSL.
    this.#server.removeAllListeners('OCSPRequest');
    if (this.#staples.size === 0) return;
    this.#server.on('OCSPRequest', (certificate, _issuer, answer) => answer(null, this.#stapleOf(certificate)));
  }

  /** Handshakes go on. */
  get busy(): boolean {
    return this.#waiting.size > 0;
  }

  /** Begins the handshake on a connection of which nothing has been read. */
  begin(raw: net.Socket, owner: HandshakeOwner): void {
    this.#waiting.set(raw, owner);
    // The TLS socket takes this over: a client that closes its side during the handshake has no more to say.
    raw.allowHalfOpen = false;
    this.#server.emit('connection', raw);
  }

  /** Ends all handshakes that are not done; their owners hear nothing. */
  abandon(): void {
    const raws = [...this.#waiting.keys()];
    this.#waiting.clear();
    for (const raw of raws) raw.destroy();
  }

  #createServer(): tls.Server {
    try {
      return tls.createServer(this.#options());
    } catch (error) {
      const names = this.plan.certificates.map(({ name }) => name).join(', ');
      const why = error instanceof Error ? error.message : String(error);
      throw new ProxyError(
        'listen-failed',
        `Cannot speak TLS on listener ${this.#name} with ${names}: OpenSSL says "${why}"`,
        { cause: error },
      );
    }
  }

  #options(): tls.TlsOptions {
    const { index } = this.#contexts;
    const needsNames = index.groups.length > 1 || this.plan.unknownName === 'refuse';
    return {
      ...this.#contexts.options,
      ALPNProtocols: this.#http2 ? ['h2', 'http/1.1'] : ['http/1.1'],
      handshakeTimeout: this.plan.handshakeMs,
      pauseOnConnect: true,
      requestCert: this.plan.clientCertificates !== undefined,
      rejectUnauthorized: false, // The route decides.
      ...(needsNames && { SNICallback: this.#nameChooser() }),
    };
  }

  #nameChooser(): NonNullable<tls.TlsOptions['SNICallback']> {
    const choose = (name: string): Choice => this.#choose(name);
    // Node calls it as a method of the TLS socket.
    return function chooseByName(this: unknown, name, done) {
      try {
        const choice = choose(name);
        if (choice !== 'refuse') return done(null, choice);
        const raw = this instanceof net.Socket ? socketBelow(this) : undefined;
        if (raw !== undefined) refuseName(raw);
        done(new ProxyError('tls-handshake-failed', 'Cannot choose a certificate: none is for the name'));
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    };
  }

  #choose(name: string): Choice {
    const { index } = this.#contexts;
    const group = index.find(normaliseServerName(name));
    if (group === undefined && this.plan.unknownName === 'refuse') return 'refuse';
    return group === undefined || group === index.first ? undefined : this.#contexts.of(group);
  }

  #stapleOf(certificate: Buffer): Buffer | null {
    return this.#staples.get(createHash('sha256').update(certificate).digest('hex')) ?? null;
  }

  #secured(socket: tls.TLSSocket): void {
    const owner = this.#take(socket);
    if (owner === undefined) return void socket.destroy();
    socket.allowHalfOpen = true;
    const facts = new HandshakeFacts(socket, this.plan.clientCertificates !== undefined);
    this.#count(facts);
    owner.secured(socket, facts);
  }

  #count({ version, resumed }: TlsFacts): void {
    const { counts } = this;
    counts.done += 1;
    if (resumed) counts.resumed += 1;
    const known = counts.versions.get(version) ?? { full: 0, resumed: 0 };
    known[resumed ? 'resumed' : 'full'] += 1;
    counts.versions.set(version, known);
  }

  #failed(error: Error, socket: tls.TLSSocket): void {
    const raw = socketBelow(socket);
    const owner = this.#take(socket);
    if (owner !== undefined) {
      this.counts.failed += 1;
      if (raw !== undefined && codeOf(error) === 'ERR_SSL_HTTP_REQUEST') refusePlainHttp(raw);
      owner.handshakeFailed(toHandshakeError(error));
    }
    socket.destroy();
  }

  #take(socket: tls.TLSSocket): HandshakeOwner | undefined {
    const raw = socketBelow(socket);
    const owner = raw && this.#waiting.get(raw);
    if (raw !== undefined) this.#waiting.delete(raw);
    return owner;
  }
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : '';
}

function toHandshakeError(error: Error): ProxyError {
  if (error instanceof ProxyError) return error;
  const code = codeOf(error);
  if (code === 'ERR_TLS_HANDSHAKE_TIMEOUT') {
    return new ProxyError('tls-handshake-timeout', 'Cannot speak TLS with a client: the handshake took too long', {
      cause: error,
    });
  }
  const why = wordsFor[code] ?? (code === '' ? error.message : code);
  return new ProxyError('tls-handshake-failed', `Cannot speak TLS with a client: ${why}`, { cause: error });
}

/** The usual ends, for people. Others are named by OpenSSL's code. */
const wordsFor: Readonly<Record<string, string>> = {
  ECONNRESET: 'it went away during the handshake',
  ERR_SSL_HTTP_REQUEST: 'it speaks plain HTTP',
  ERR_SSL_WRONG_VERSION_NUMBER: 'what it sent is no TLS',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'it knows no version of TLS that this listener allows',
  ERR_SSL_NO_SHARED_CIPHER: 'it knows no cipher that this listener allows',
  ERR_SSL_NO_APPLICATION_PROTOCOL: 'it offers only protocols that this listener does not speak',
};
