import { Field } from '../../core/field-names.ts';
import { Headers } from '../../core/headers.ts';
import type { Exchange } from '../exchange.ts';
import type { RoutePlan } from '../plan.ts';
import { addCertificate } from './certificate-fields.ts';
import { isHost, isPathPrefix, isPort, isScheme, joinList, portOf } from './field-values.ts';
import { writeElement, writeNode } from './forwarded-element.ts';
import { takenPrefix, withoutFinalSlash } from './path-prefix.ts';
import { SaidBefore } from './said-before.ts';
import type { ForwardingSettings } from './settings.ts';
import { addVia } from './via.ts';

/**
 * The fields that a server gets: those of the client, but in place of everything that says where the request came from,
 * our own word. A trusted proxy's word is kept, and lists go on behind it; from anyone else only `CDN-Loop`, `Via` and
 * `traceparent` are passed on.
 *
 * Always there: X-Forwarded-For, X-Real-IP (not for a unix socket's peer), X-Forwarded-Proto, -Host and -Port,
 * X-Request-Id, CDN-Loop. Client-Cert and X-Client-Cert-* where the route asks for certificates and there is a valid one. X-Forwarded-Prefix where the route's prefix was taken off. `Forwarded` and `Via` by settings.
 *
 * @param from the client's fields; default: the exchange's.
 * @returns a new list; `from` stays as it is. Host and framing are not in it.
 */
export function outgoingHeaders(
  exchange: Exchange,
  route: RoutePlan,
  settings: ForwardingSettings,
  from: Headers = exchange.headers,
): Headers {
  const out = new Headers();
  out.neverIndexed = from.neverIndexed;
  const said = SaidBefore.split(from, exchange.client.trusted, out);
  addAddresses(out, said, exchange);
  addOrigin(out, said, exchange);
  addPrefix(out, said, route);
  addCertificate(out, exchange, route);
  if (settings.forwarded) addForwarded(out, said, exchange);
  else if (said.forwarded !== '') out.add('Forwarded', said.forwarded, Field.Forwarded);
  out.add('X-Request-Id', exchange.id, Field.XRequestId);
  out.add('CDN-Loop', joinList(said.cdnLoop, settings.instance), Field.CdnLoop);
  if (settings.via) addVia(out, said.via, exchange.protocol);
  else if (said.via !== '') out.add('Via', said.via, Field.Via);
  return out;
}

function addAddresses(out: Headers, said: SaidBefore, exchange: Exchange): void {
  const { clientAddress, client } = exchange;
  // A trusted proxy that speaks only `Forwarded` has named a client too: the list must not lose it.
  const before = said.forwardedFor === '' && clientAddress !== client.address ? clientAddress : said.forwardedFor;
  const list = joinList(before, hasAddress(client.address) ? client.address : '');
  if (list !== '') out.add('X-Forwarded-For', list, Field.XForwardedFor);
  if (hasAddress(clientAddress)) out.add('X-Real-IP', clientAddress, Field.XRealIp);
}

function hasAddress(address: string): boolean {
  return address !== 'unix' && address !== '';
}

/** Scheme, host and port as the client sees them. */
function addOrigin(out: Headers, said: SaidBefore, exchange: Exchange): void {
  const scheme = saidScheme(said, exchange);
  const host = saidHost(said, exchange);
  out.add('X-Forwarded-Proto', scheme, Field.XForwardedProto);
  if (host !== '') out.add('X-Forwarded-Host', host, Field.XForwardedHost);
  out.add('X-Forwarded-Port', portFor(said, exchange, scheme, host), Field.XForwardedPort);
}

function saidScheme(said: SaidBefore, exchange: Exchange): string {
  return isScheme(said.proto) ? said.proto : exchange.scheme;
}

function saidHost(said: SaidBefore, exchange: Exchange): string {
  return isHost(said.host) ? said.host : ownHost(exchange);
}

function ownHost(exchange: Exchange): string {
  return isHost(exchange.authority) ? exchange.authority : '';
}

/** Our own port only where we are the front: next to a proxy's scheme or host it would make an address that leads nowhere. */
function portFor(said: SaidBefore, exchange: Exchange, scheme: string, host: string): string {
  if (isPort(said.port)) return said.port;
  const isFront = !isScheme(said.proto) && !isHost(said.host);
  if (isFront && exchange.client.localPort !== 0) return String(exchange.client.localPort);
  const named = portOf(host);
  if (named !== '') return named;
  return scheme === 'https' || scheme === 'wss' ? '443' : '80';
}

/** A prefix that a proxy before us has taken away stands in front of ours. */
function addPrefix(out: Headers, said: SaidBefore, route: RoutePlan): void {
  const before = isPathPrefix(said.prefix) ? withoutFinalSlash(said.prefix) : '';
  const prefix = before + takenPrefix(route);
  if (prefix !== '') out.add('X-Forwarded-Prefix', prefix, Field.XForwardedPrefix);
}

function addForwarded(out: Headers, said: SaidBefore, exchange: Exchange): void {
  const { client, clientAddress } = exchange;
  const own = writeElement(writeNode(client.address, client.port), ownHost(exchange), exchange.scheme);
  let before = said.forwarded;
  if (before === '' && clientAddress !== client.address) {
    // A trusted proxy that speaks only X-Forwarded-*: its word, in these words.
    before = writeElement(writeNode(clientAddress, 0), saidHost(said, exchange), saidScheme(said, exchange));
  }
  out.add('Forwarded', joinList(before, own), Field.Forwarded);
}
