import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import { isLoopback } from '../config/read-address.ts';
import { formatHostPort, normaliseAddress } from '../../core/ip.ts';
import type { Logger } from '../../core/log.ts';
import { problem, type AdminAnswer } from './admin-answer.ts';
import type { AdminAccess, Guard } from './admin-server.ts';
import { FailedAttempts } from './failed-attempts.ts';

export interface TcpGuardOptions {
  /** SHA-256 of the token, in hex; undefined: none is asked for. */
  readonly tokenHash: string | undefined;
  /** Names that it may be called by, in lower case, besides its addresses. */
  readonly hosts: readonly string[];
  readonly log: Pick<Logger, 'warn'>;
  /** In ms; it never goes back. */
  readonly now: () => number;
}

/**
 * Judges calls that come over TCP.
 *
 * (1) Pages in browsers are kept out: one of another site could make a browser ask (by a name that it has pointed here, or from a
 *     script). So the host must be an address of this machine or a name from the config, and a request that names an origin is refused.
 * (2) With a token, every call needs it but those for health. Wrong ones are limited by address; none at all is no guess.
 * (3) What a form of a page could send is no JSON, and refused.
 */
export function tcpGuard(options: TcpGuardOptions): Guard {
  const { tokenHash, log, now } = options;
  const hash = tokenHash === undefined ? undefined : Buffer.from(tokenHash, 'hex');
  const attempts = new FailedAttempts();
  return (request, access) =>
    refuseBrowsers(request, options.hosts) ??
    (hash === undefined || access === 'open'
      ? undefined
      : refuseStrangers(request, { hash, attempts, log, now: now() })) ??
    refuseForms(request, access);
}

function refuseBrowsers({ headers, socket }: IncomingMessage, hosts: readonly string[]): AdminAnswer | undefined {
  if (headers.origin !== undefined) return problem(403, 'Cannot answer a page: this is for programs');
  const host = (headers.host ?? '')
    .replace(/:\d{1,5}$/, '')
    .replace(/\.$/, '')
    .toLowerCase();
  const local = normaliseAddress(socket.localAddress);
  if (isLoopback(local) && (host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)))
    return undefined;
  if (formatHostPort(local, 0) === `${host}:0` || hosts.includes(host)) return undefined;
  const names = isLoopback(local) ? '127.0.0.1, [::1] or localhost' : 'the address';
  return problem(403, `Cannot answer under that name: ask ${names}, or add the name to admin.hosts`);
}

interface Check {
  readonly hash: Buffer;
  readonly attempts: FailedAttempts;
  readonly log: TcpGuardOptions['log'];
  readonly now: number;
}

/** RFC 6750 section 2.1 and 3. */
function refuseStrangers(
  { headers, socket }: IncomingMessage,
  { hash, attempts, log, now }: Check,
): AdminAnswer | undefined {
  const address = socket.remoteAddress ?? '';
  const waitMs = attempts.waitMs(address, now);
  if (waitMs > 0) {
    const seconds = Math.ceil(waitMs / 1000);
    return problem(429, `Cannot look at more tokens from this address: wait ${seconds} s`, {
      'retry-after': String(seconds),
    });
  }
  const [, token] = /^Bearer +([\x21-\x7e]+) *$/i.exec(headers.authorization ?? '') ?? [];
  if (token !== undefined && timingSafeEqual(createHash('sha256').update(token).digest(), hash)) return undefined;
  if (headers.authorization !== undefined && attempts.failed(address, now)) {
    log.warn(`Too many wrong tokens for the admin API came from ${address}: none from there is looked at for a while`);
  }
  const what = headers.authorization === undefined ? 'without a token' : 'with this token';
  return problem(401, `Cannot let you in ${what}: send "Authorization: Bearer" and the token of admin.tokenFile`, {
    'www-authenticate': 'Bearer realm="postern"',
  });
}

function refuseForms({ method, headers }: IncomingMessage, access: AdminAccess | undefined): AdminAnswer | undefined {
  if (method !== 'POST' || access === undefined) return undefined;
  const type = headers['content-type'];
  const empty = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
  if (type === undefined && empty) return undefined;
  if (/^application\/json *(;|$)/i.test(type ?? '')) return undefined;
  return problem(415, 'Cannot read the body: its Content-Type has to be application/json');
}
