import type { ProxyError } from '../../core/errors.ts';
import { brokenOff, dial, dialTls, type DialedSocket, type DialTarget, type TlsPeer } from '../../proxy/index.ts';
import { codeOf } from '../code-of.ts';
import { durationWords } from '../events/duration-words.ts';

/** Where a check connects to. */
export interface Target {
  readonly dial: Omit<DialTarget, 'buffer'>;
  /** Undefined: without TLS. */
  readonly peer: TlsPeer | undefined;
}

/** What came of connecting: a socket, or why there is none. `own`: for want of something on our side. */
export type Reached =
  | { readonly dialed: DialedSocket; readonly why?: undefined }
  | { readonly dialed?: undefined; readonly why: string; readonly own: boolean };

/**
 * Connects as the data plane would, to any of the addresses, with TLS where it is asked for. Bytes come to `dialed.onBytes`.
 * @returns how to give up.
 */
export function reach({ dial: target, peer }: Target, done: (result: Reached) => void): () => void {
  if (target.address.kind === 'tcp' && target.address.addresses.length === 0) {
    const soon = setImmediate(() => done({ why: 'its name does not resolve', own: false }));
    return () => clearImmediate(soon);
  }
  const whole = { ...target, buffer: undefined };
  const told = (result: DialedSocket | ProxyError): void => {
    if ('socket' in result) done({ dialed: result });
    else done({ why: wordsFor(result, target.timeoutMs), own: result.side === 'self' });
  };
  if (peer !== undefined) return dialTls(whole, peer, told);
  return dial(whole, (result) => {
    if ('socket' in result) result.socket.on('data', (chunk: Buffer) => void result.onBytes(chunk));
    told(result);
  });
}

/** Within `dial` all messages begin with what could not be done. */
function wordsFor(error: ProxyError, timeoutMs: number): string {
  switch (error.code) {
    case 'server-refused':
      return codeOf(error.cause) === 'ENOENT' ? 'there is no such socket file' : 'connection refused';
    case 'server-connect-timeout': {
      const shaking = error.message.includes('handshake');
      return `no ${shaking ? 'end of the TLS handshake' : 'connection'} within ${durationWords(timeoutMs)}`;
    }
    default:
      return error.message.replace(/^Cannot (?:connect to|speak TLS to) the server: /, '');
  }
}

/** Why a connection broke off. OpenSSL's own words would be of several lines. */
export function brokenWords(error: Error): string {
  if (codeOf(error)?.startsWith('ERR_SSL_') !== true) return error.message;
  return brokenOff(error).message.replace(/^Cannot read the answer: /, '');
}
