import { ProxyError } from '../core/errors.ts';
import { Field } from '../core/field-names.ts';
import { Headers } from '../core/headers.ts';
import type { Exchange } from './exchange.ts';
import type { Answer, Verdict } from './middleware/feature.ts';
import type { RoutePlan } from './plan.ts';

/** Certificate authorities ask for these over plain HTTP, whatever the site says (RFC 8555 section 8.3). */
const acmeChallenges = '/.well-known/acme-challenge/';

/** What a route asks of the way by which the client came: TLS or not, and with which certificate. */
export function judgeTransport(exchange: Exchange, route: RoutePlan): Verdict {
  const { tls } = exchange.client;
  if (exchange.scheme === 'http') return judgePlain(exchange, route);
  const { clientCertificate } = route.transport;
  if (clientCertificate === 'ignore' || tls === undefined) return undefined;
  // What the handshake was told and what the request says must be one site, or one site's rules would be judged by another's.
  if (tls.serverName !== '' && tls.serverName !== exchange.host) {
    return new ProxyError('misdirected-request', 'Cannot answer here: the name in the handshake was another one');
  }
  if (clientCertificate === 'optional' || tls.clientCertificate?.valid === true) return undefined;
  const why = tls.clientCertificate?.problem ?? 'there is none';
  return new ProxyError('client-certificate-required', `Cannot let the client in by its certificate: ${why}`);
}

function judgePlain(exchange: Exchange, { transport }: RoutePlan): Verdict {
  if (transport.https !== 'allow' && !cameByHttps(exchange) && !exchange.target.path.startsWith(acmeChallenges)) {
    if (transport.https === 'redirect' && exchange.host !== '') return toHttps(exchange, transport.httpsPort);
    return new ProxyError('https-required', 'Cannot answer over plain HTTP: the route is for https only');
  }
  if (transport.clientCertificate !== 'require') return undefined;
  return new ProxyError(
    'client-certificate-required',
    'Cannot let the client in by its certificate: this is plain HTTP',
  );
}

/** By our own TLS, or by that of a trusted proxy before us: it would be sent round in circles otherwise. */
export function cameByHttps({ scheme, client, headers }: Exchange): boolean {
  return scheme === 'https' || (client.trusted && headers.getById(Field.XForwardedProto) === 'https');
}

/** 308 keeps method and body (RFC 9110 section 15.4.9); browsers of today know it. */
function toHttps(exchange: Exchange, port: number): Verdict {
  const headers = new Headers();
  const host = exchange.host.includes(':') ? `[${exchange.host}]` : exchange.host;
  headers.add('Location', `https://${host}${port === 443 ? '' : `:${port}`}${pathOf(exchange)}`);
  return { status: 308, reason: '', headers, body: undefined, announcedLength: undefined };
}

function pathOf({ target }: Exchange): string {
  return target.path === '*' ? '/' : target.path + target.query;
}

/** Over plain HTTP the field means nothing (RFC 6797 section 7.2). A server's own word is replaced. */
export function addTransportSecurity(answer: Answer, exchange: Exchange, route: RoutePlan): void {
  const { hsts } = route.transport;
  if (hsts !== undefined && cameByHttps(exchange)) answer.headers.set('Strict-Transport-Security', hsts);
}
