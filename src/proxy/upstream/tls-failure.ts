import { isIP } from 'node:net';
import { ProxyError } from '../../core/errors.ts';

/** What Node says of a failed handshake. */
interface TlsError extends NodeJS.ErrnoException {
  /** OpenSSL's words, without where in its code they come from. */
  readonly reason?: string;
  /** Of a certificate for other names. */
  readonly cert?: { readonly subjectaltname?: string; readonly subject?: { readonly CN?: string | string[] } };
}

const unknownAuthority =
  'its certificate comes from an unknown authority: add the certificate of that authority as tls.ca, or let the server send its whole chain';
const nothingInCommon = 'there is no common version or cipher: look at tls.minVersion and at what the server allows';
const noTls = 'it speaks no TLS on this port: write http://, or the port on which it does';
const refusesOurs = 'it does not accept the certificate of tls.certificate';
const weak = 'its keys or signatures are too weak to be trusted: give the server newer ones';

const reasons: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired: renew it',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: look at the clocks of both machines',
  CERT_REVOKED: 'its certificate has been revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed: add it as tls.ca',
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  INVALID_PURPOSE: 'its certificate is not one for servers',
  INVALID_CA: 'a certificate in its chain is not one of an authority',
  EE_KEY_TOO_SMALL: weak,
  CA_KEY_TOO_SMALL: weak,
  CA_MD_TOO_WEAK: weak,
  ERR_TLS_DH_PARAM_SIZE: weak,
  ERR_SSL_DH_KEY_TOO_SMALL: weak,
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls,
  ERR_SSL_UNKNOWN_PROTOCOL: noTls,
  ERR_SSL_HTTP_REQUEST: noTls,
  ERR_SSL_UNSUPPORTED_PROTOCOL: nothingInCommon,
  ERR_SSL_NO_PROTOCOLS_AVAILABLE: nothingInCommon,
  ECONNRESET: 'it closed the connection during the handshake',
  EPIPE: 'it closed the connection during the handshake',
};

/** The alert of a server that speaks nothing of what was offered (RFC 7301 section 3.2). */
const NO_PROTOCOL = '120';

/** Alerts of the server (RFC 8446 section 6.2). OpenSSL changes their codes from one version to the next. */
const alerts: Readonly<Record<string, string>> = {
  // Servers say no more than this, whatever they do not like.
  40: 'there is no common cipher, or it asks for a certificate of the client: look at tls.certificate and tls.minVersion',
  42: refusesOurs,
  43: refusesOurs,
  44: `${refusesOurs}: it has been revoked`,
  45: `${refusesOurs}: it has expired`,
  46: refusesOurs,
  48: refusesOurs,
  49: refusesOurs,
  70: nothingInCommon,
  71: nothingInCommon,
  109: 'it asks for a host name: set tls.serverName',
  112: 'it knows no host of this name: set tls.serverName',
  116: 'it asks for a certificate of the client: set tls.certificate',
};

/**
 * A failed handshake for the operator.
 * @param name whom the certificate should have been for. @param offers the protocols that were offered.
 */
export function tlsFailure(error: TlsError, name: string, offers: readonly string[] = ['http/1.1']): ProxyError {
  const why = alertOf(error) === NO_PROTOCOL ? `it speaks none of ${offers.join(', ')}` : reasonOf(error, name);
  return new ProxyError('server-tls-failed', `Cannot speak TLS to the server: ${why}`, { cause: error });
}

/**
 * A connection that broke off before the answer was complete. In TLS 1.3 a server may refuse the client's certificate after
 * the handshake, when a request has been sent: its code is that of any reset, so that the request is not sent elsewhere.
 */
export function brokenOff(error: Error | null): ProxyError {
  const code = error && 'code' in error ? String(error.code) : '';
  const why = error && code.startsWith('ERR_SSL_') ? reasonOf(error, '') : 'the server reset the connection';
  return new ProxyError('server-reset', `Cannot read the answer: ${why}`);
}

function reasonOf(error: TlsError, name: string): string {
  const { code = '' } = error;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return wrongName(error, name);
  const alert = alertOf(error);
  if (alert !== undefined) return alerts[alert] ?? `it sent the alert ${alert}`;
  return Object.hasOwn(reasons, code) ? reasons[code]! : fitToShow(error.reason ?? error.message);
}

function alertOf({ message }: TlsError): string | undefined {
  return /SSL alert number (\d+)/.exec(message)?.[1];
}

function wrongName({ cert }: TlsError, name: string): string {
  const names = cert?.subjectaltname ?? String(cert?.subject?.CN ?? 'no name');
  const wanted = isIP(name) === 0 ? name : `the IP address ${name}`;
  return `its certificate is for ${fitToShow(names.replaceAll(/DNS:|IP Address:/g, ''))}, not for ${wanted}: set tls.serverName to a name that it is for`;
}

/** Words of a peer or of OpenSSL: short, on one line, without what a terminal could take for a command. */
function fitToShow(text: string): string {
  const line = text.slice(0, 200).replaceAll(/[^\x20-\x7e]/g, '?');
  return text.length > 200 ? `${line}...` : line;
}
