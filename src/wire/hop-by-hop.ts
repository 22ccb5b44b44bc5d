import { Field, fieldId, type FieldId } from '../core/field-names.ts';
import type { Headers } from '../core/headers.ts';

/**
 * Which fields never cross the proxy: those of one connection (RFC 9110 section 7.6.1), those that speak of one server's ports,
 * and those that a codec turns into something else (framing, Host, Expect) and writes anew. `Trailer` is not among them: it
 * speaks of the message.
 */
const hopByHop: readonly FieldId[] = [
  Field.Connection,
  Field.KeepAlive,
  Field.ProxyConnection,
  Field.Te,
  Field.TransferEncoding,
  Field.Upgrade,
  Field.Http2Settings,
  Field.ProxyAuthenticate,
  Field.ProxyAuthorization,
  Field.ProxyAuthenticationInfo,
];

/**
 * A server says with it where else it can be reached (RFC 7838): past this proxy, or at a port that is not open here. What an
 * operator wants to be said is set on the way.
 */
const ofThisServer: readonly FieldId[] = [Field.AltSvc];

const writtenAnew: readonly FieldId[] = [Field.Host, Field.ContentLength, Field.Expect];

/** By FieldId: 1 where the field goes from end to end. */
const crossing: Uint8Array = new Uint8Array(1 + Math.max(...Object.values(Field))).fill(1);
for (const id of [...hopByHop, ...ofThisServer, ...writtenAnew]) crossing[id] = 0;

/** True for a field that goes from end to end: it belongs into the `Headers` of an exchange. */
export function crosses(id: FieldId): boolean {
  return crossing[id] === 1;
}

/**
 * Fields that `Connection` cannot remove, beside all that the proxy itself knows (X-Forwarded-*, Forwarded, Via,
 * Authorization, X-Request-Id and so on): a client that names them would take from the server what proxies in front of us
 * said of it, or who it is, and be let in where it should not be. RFC 9110 forbids to name fields meant for all recipients.
 */
const protectedNames: ReadonlySet<string> = new Set([
  'cookie',
  'set-cookie',
  'cache-control',
  'content-type',
  'content-encoding',
  'origin',
  'range',
  'location',
]);

/** Removes the fields that a `Connection` value names, but for those that it may not. Linear, however long the value. */
export function removeNominated(headers: Headers, connection: string): void {
  const nominated = new Set<string>();
  for (const element of connection.split(',')) {
    const name = element.trim().toLowerCase();
    if (fieldId(name) === Field.Other && !protectedNames.has(name)) nominated.add(name);
  }
  headers.filter((i) => headers.ids[i] !== Field.Other || !nominated.has(headers.names[i]!.toLowerCase()));
}

/**
 * Removes fields that many servers cannot tell from one that the proxy vouches for: CGI and its kin turn `-` and `_` into
 * the same, so `X_Forwarded_For` would get past the one who cleans `X-Forwarded-For`.
 */
export function removeTwins(headers: Headers): void {
  headers.filter((i) => {
    const name = headers.names[i]!;
    return !name.includes('_') || fieldId(name.replaceAll('_', '-')) === Field.Other;
  });
}
