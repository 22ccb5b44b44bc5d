import assert from 'node:assert/strict';
import net from 'node:net';
import tls from 'node:tls';

import { until } from '../../harness/until.ts';
import { settingsPayload, frameBytes, type Pair } from './frames.ts';
import { RawH2Peer, type PeerOptions } from './raw-h2-peer.ts';

export const clientPrefaceText = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

export interface ClientOptions extends PeerOptions {
  /** By TLS, with ALPN `h2`; certificates are not checked unless this says so. */
  readonly tls?: tls.ConnectionOptions;
  /** False: the test sends preface and SETTINGS itself; default true. */
  readonly greet?: boolean;
  /** What its first SETTINGS say. */
  readonly settings?: readonly (readonly [id: number, value: number])[];
  /** An address of 127.0.0.0/8 to come from: by it the lines of the log are told apart. */
  readonly localAddress?: string;
}

/** A client of HTTP/2 that sends what a test says. */
export class RawH2Client extends RawH2Peer {
  /** Connects to a port of 127.0.0.1, and sends preface and SETTINGS. Whoever connects destroys it. */
  static async connect(port: number, options: ClientOptions = {}): Promise<RawH2Client> {
    const where = { host: '127.0.0.1', port, localAddress: options.localAddress };
    const socket =
      options.tls === undefined
        ? net.connect({ ...where, allowHalfOpen: true, noDelay: true })
        : tls.connect({ rejectUnauthorized: false, ALPNProtocols: ['h2'], ...options.tls, ...where });
    const client = new RawH2Client(socket, options);
    await until('a connection', () =>
      socket instanceof tls.TLSSocket ? socket.getProtocol() !== null && !socket.connecting : !socket.connecting,
    );
    assert.equal(client.ending, 'open', `nobody listens on port ${port}`);
    if (options.greet !== false)
      client.send(clientPrefaceText, frameBytes('Settings', 0, 0, settingsPayload(options.settings ?? [])));
    return client;
  }
}

/** The fields of a request. @param more behind the usual ones. */
export function request(path: string, more: readonly Pair[] = [], method = 'GET'): Pair[] {
  return [[':method', method], [':scheme', 'http'], [':path', path], [':authority', 'a.test'], ...more];
}
