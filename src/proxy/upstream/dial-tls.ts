import { createHash } from 'node:crypto';
import net from 'node:net';
import tls from 'node:tls';
import { ProxyError } from '../../core/errors.ts';
import type { ServerTlsPlan } from '../pool-plan.ts';
import { dial, type DialedSocket, type DialTarget } from './dial.ts';
import type { SecureContexts } from './secure-contexts.ts';
import { tlsFailure } from './tls-failure.ts';

/** One server as TLS knows it: whom its certificate must be for, and the session that the next handshake may go on with. */
export class TlsPeer {
  readonly plan: ServerTlsPlan;
  /** Name or IP address that the certificate must be for. */
  readonly name: string;
  /** The same for messages: a host may come from a secret. */
  readonly shown: string;
  /** The last that the server gave to a connection whose certificate and key were right; undefined: the next handshake is a full one. */
  session: Buffer | undefined;
  /** What is offered by ALPN where a dial says nothing else. */
  protocols: readonly string[] = ['http/1.1'];
  readonly #contexts: SecureContexts;
  #context: tls.SecureContext | undefined;

  /** @param host of the server's URL. @param shown what of that may be shown. */
  constructor(plan: ServerTlsPlan, host: string, contexts: SecureContexts, shown: string = host) {
    this.plan = plan;
    this.name = plan.serverName ?? host;
    this.shown = plan.serverName ?? shown;
    this.#contexts = contexts;
  }

  /** Begins the handshake. @throws {Error} OpenSSL's, where it does not take the settings. */
  connect(socket: net.Socket, offers: readonly string[]): tls.TLSSocket {
    const { session } = this;
    this.#context ??= this.#contexts.of(this.plan);
    return tls.connect({
      socket,
      secureContext: this.#context,
      // RFC 6066 section 3: an address is no name.
      ...(net.isIP(this.name) === 0 ? { servername: this.name } : {}),
      ALPNProtocols: [...offers],
      rejectUnauthorized: this.plan.verify,
      checkServerIdentity: this.#check,
      ...(session ? { session } : {}),
    });
  }

  /** What is wrong with the key of the server; undefined: nothing. */
  unpinned(socket: tls.TLSSocket): string | undefined {
    const { pins } = this.plan;
    // A session proves that it is the server that gave it, whose key was right. Node knows no certificate then.
    if (pins.length === 0 || socket.isSessionReused()) return undefined;
    const key = socket.getPeerX509Certificate()?.publicKey.export({ type: 'spki', format: 'der' });
    if (!key) return 'it showed no certificate, and its public key must be one of tls.pins';
    const pin = createHash('sha256').update(key).digest('base64');
    return pins.includes(pin) ? undefined : `its public key, sha256/${pin}, is none of tls.pins`;
  }

  readonly #check = (_host: string, certificate: tls.PeerCertificate): Error | undefined =>
    tls.checkServerIdentity(this.name, certificate);
}

/**
 * Like `dial`, with a handshake behind it; `timeoutMs` holds for both together. When `done` is called, certificate, name and
 * pins have been found right, and no byte of a request has left.
 */
export function dialTls(
  target: DialTarget,
  peer: TlsPeer,
  done: (result: DialedSocket | ProxyError) => void,
): () => void {
  const handshake = new Handshake(target, peer, done);
  handshake.start();
  return () => handshake.finish(undefined);
}

class Handshake {
  readonly #target: DialTarget;
  readonly #peer: TlsPeer;
  readonly #offers: readonly string[];
  #done: ((result: DialedSocket | ProxyError) => void) | undefined;
  #giveUp: (() => void) | undefined;
  #limit: NodeJS.Timeout | undefined;
  #socket: tls.TLSSocket | undefined;
  /** Who answers is who should: what it says from now on is believed. */
  #trusted = false;

  constructor(target: DialTarget, peer: TlsPeer, done: (result: DialedSocket | ProxyError) => void) {
    this.#target = { ...target, buffer: undefined };
    this.#peer = peer;
    this.#offers = target.offers ?? peer.protocols;
    this.#done = done;
  }

  start(): void {
    this.#giveUp = dial(this.#target, (result) => {
      if (result instanceof ProxyError) this.finish(result);
      else this.#begin(result.socket);
    });
    // Made after the one of `dial`, so that one fires first while it is still connecting.
    this.#limit = setTimeout(() => this.finish(this.#tooLate()), this.#target.timeoutMs);
  }

  /** Ends it; what was opened is closed, unless it is the result. */
  finish(result: DialedSocket | ProxyError | undefined): void {
    const done = this.#done;
    if (!done) return;
    this.#done = undefined;
    clearTimeout(this.#limit);
    this.#giveUp?.();
    if (!result || result instanceof ProxyError) this.#socket?.destroy();
    // A session may be what the server could not go on with.
    if (result instanceof ProxyError && this.#socket) this.#peer.session = undefined;
    if (result) done(result);
  }

  #begin(raw: net.Socket): void {
    try {
      this.#socket = this.#peer.connect(raw, this.#offers);
    } catch (error) {
      raw.destroy();
      return this.finish(this.#failure(error instanceof Error ? error : new Error(String(error))));
    }
    const socket = this.#socket;
    socket.on('error', (error) => this.#broken(error));
    socket.on('close', () => this.#broken(undefined));
    socket.on('session', (session) => {
      if (this.#trusted) this.#peer.session = session;
    });
    socket.once('secureConnect', () => this.#shaken(socket));
  }

  #shaken(socket: tls.TLSSocket): void {
    const wrong = this.#peer.unpinned(socket) ?? this.#unspoken(socket);
    if (wrong !== undefined)
      return this.finish(new ProxyError('server-tls-failed', `Cannot speak TLS to the server: ${wrong}`));
    this.#trusted = true;
    const dialed: DialedSocket = { socket, onBytes: () => true };
    socket.on('data', (chunk: Buffer) => {
      if (!dialed.onBytes(chunk)) socket.pause();
    });
    this.finish(dialed);
  }

  /** A server that chooses nothing speaks HTTP/1 (RFC 9113 section 3.2). @returns undefined: that was offered, or it chose. */
  #unspoken({ alpnProtocol }: tls.TLSSocket): string | undefined {
    const spoken = alpnProtocol === 'h2' || this.#offers.includes('http/1.1');
    return spoken ? undefined : 'it does not choose HTTP/2: let the pool speak HTTP/1 with it, or both';
  }

  /** After the handshake 'close' tells the connection all that it has to know. */
  #broken(error: Error | undefined): void {
    if (this.#done) this.finish(this.#failure(error ?? new Error('it closed the connection during the handshake')));
  }

  #failure(error: Error): ProxyError {
    return tlsFailure(error, this.#peer.shown, this.#offers);
  }

  #tooLate(): ProxyError {
    return new ProxyError(
      'server-connect-timeout',
      `Cannot connect to the server: the TLS handshake was not over in ${this.#target.timeoutMs} ms`,
    );
  }
}
