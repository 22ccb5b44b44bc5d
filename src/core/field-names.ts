/**
 * Small numbers for the field names that the proxy itself looks at, so that the hot path compares integers.
 * 0 (`Field.Other`) stands for every other name.
 */
export const Field = {
  Other: 0,
  Host: 1,
  Connection: 2,
  KeepAlive: 3,
  ProxyConnection: 4,
  TransferEncoding: 5,
  ContentLength: 6,
  Te: 7,
  Trailer: 8,
  Upgrade: 9,
  Http2Settings: 10,
  Expect: 11,
  ProxyAuthenticate: 12,
  ProxyAuthorization: 13,
  XForwardedFor: 14,
  XForwardedProto: 15,
  XForwardedHost: 16,
  XForwardedPort: 17,
  XForwardedPrefix: 18,
  Forwarded: 19,
  XRealIp: 20,
  Via: 21,
  CdnLoop: 22,
  XRequestId: 23,
  Traceparent: 24,
  Authorization: 25,
  MaxForwards: 26,
  Date: 27,
  UserAgent: 28,
  Referer: 29,
  WwwAuthenticate: 30,
  ProxyAuthenticationInfo: 31,
  Location: 32,
  ContentLocation: 33,
  Refresh: 34,
  Link: 35,
  SetCookie: 36,
  ProxySupport: 37,
  PersistentAuth: 38,
  Destination: 39,
  ClientCert: 40,
  ClientCertChain: 41,
  XClientCertSubject: 42,
  XClientCertIssuer: 43,
  XClientCertSerial: 44,
  XClientCertFingerprint: 45,
  AltSvc: 46,
} as const;

export type FieldId = (typeof Field)[keyof typeof Field];

const ids: ReadonlyMap<string, FieldId> = new Map<string, FieldId>([
  ['host', Field.Host],
  ['connection', Field.Connection],
  ['keep-alive', Field.KeepAlive],
  ['proxy-connection', Field.ProxyConnection],
  ['transfer-encoding', Field.TransferEncoding],
  ['content-length', Field.ContentLength],
  ['te', Field.Te],
  ['trailer', Field.Trailer],
  ['upgrade', Field.Upgrade],
  ['http2-settings', Field.Http2Settings],
  ['expect', Field.Expect],
  ['proxy-authenticate', Field.ProxyAuthenticate],
  ['proxy-authorization', Field.ProxyAuthorization],
  ['x-forwarded-for', Field.XForwardedFor],
  ['x-forwarded-proto', Field.XForwardedProto],
  ['x-forwarded-host', Field.XForwardedHost],
  ['x-forwarded-port', Field.XForwardedPort],
  ['x-forwarded-prefix', Field.XForwardedPrefix],
  ['forwarded', Field.Forwarded],
  ['x-real-ip', Field.XRealIp],
  ['via', Field.Via],
  ['cdn-loop', Field.CdnLoop],
  ['x-request-id', Field.XRequestId],
  ['traceparent', Field.Traceparent],
  ['authorization', Field.Authorization],
  ['max-forwards', Field.MaxForwards],
  ['date', Field.Date],
  ['user-agent', Field.UserAgent],
  ['referer', Field.Referer],
  ['www-authenticate', Field.WwwAuthenticate],
  ['proxy-authentication-info', Field.ProxyAuthenticationInfo],
  ['location', Field.Location],
  ['content-location', Field.ContentLocation],
  ['refresh', Field.Refresh],
  ['link', Field.Link],
  ['set-cookie', Field.SetCookie],
  ['proxy-support', Field.ProxySupport],
  ['persistent-auth', Field.PersistentAuth],
  ['destination', Field.Destination],
  ['client-cert', Field.ClientCert],
  ['client-cert-chain', Field.ClientCertChain],
  ['x-client-cert-subject', Field.XClientCertSubject],
  ['x-client-cert-issuer', Field.XClientCertIssuer],
  ['x-client-cert-serial', Field.XClientCertSerial],
  ['x-client-cert-fingerprint', Field.XClientCertFingerprint],
  ['alt-svc', Field.AltSvc],
]);

/** `Xxxx-Yyyy`, the spelling that most clients use. */
function titleCase(name: string): string {
  return name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

const spellings: ReadonlyMap<string, FieldId> = new Map(
  [...ids].flatMap(([name, id]) => [[name, id] as const, [titleCase(name), id] as const]),
);

const longest = Math.max(...[...ids.keys()].map((name) => name.length));

/** 1 where some known name has this length and this first letter: most other names are told apart without hashing them. */
const shapes = new Uint8Array((longest + 1) * 32);
for (const name of ids.keys()) shapes[name.length * 32 + (name.charCodeAt(0) & 31)] = 1;

/** The number of a field name, whatever its case. */
export function fieldId(name: string): FieldId {
  if (name.length > longest || shapes[name.length * 32 + (name.charCodeAt(0) & 31)] !== 1) return Field.Other;
  return spellings.get(name) ?? ids.get(name.toLowerCase()) ?? Field.Other;
}
