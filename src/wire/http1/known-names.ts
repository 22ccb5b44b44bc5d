import { Field, fieldId, type FieldId } from '../../core/field-names.ts';

/** A spelling of a field name that needs no check, and its number. */
export interface KnownName {
  readonly name: string;
  readonly id: FieldId;
}

/** What requests and answers usually hold beside the fields that have a number. */
const common = [
  'Accept',
  'Accept-Encoding',
  'Accept-Language',
  'Accept-Ranges',
  'Access-Control-Allow-Credentials',
  'Access-Control-Allow-Headers',
  'Access-Control-Allow-Methods',
  'Access-Control-Allow-Origin',
  'Access-Control-Request-Headers',
  'Access-Control-Request-Method',
  'Age',
  'Allow',
  'Alt-Svc',
  'Cache-Control',
  'Content-Disposition',
  'Content-Encoding',
  'Content-Language',
  'Content-Range',
  'Content-Security-Policy',
  'Content-Type',
  'Cookie',
  'ETag',
  'Expires',
  'If-Modified-Since',
  'If-None-Match',
  'If-Range',
  'Last-Modified',
  'Link',
  'Location',
  'Origin',
  'P3P',
  'Pragma',
  'Priority',
  'Range',
  'Referrer-Policy',
  'Retry-After',
  'Sec-Fetch-Dest',
  'Sec-Fetch-Mode',
  'Sec-Fetch-Site',
  'Sec-Fetch-User',
  'Sec-GPC',
  'Sec-WebSocket-Accept',
  'Sec-WebSocket-Extensions',
  'Sec-WebSocket-Key',
  'Sec-WebSocket-Protocol',
  'Sec-WebSocket-Version',
  'Server',
  'Set-Cookie',
  'Strict-Transport-Security',
  'Upgrade-Insecure-Requests',
  'Vary',
  'X-Content-Type-Options',
  'X-Frame-Options',
  'X-Powered-By',
  'X-Requested-With',
  'X-XSS-Protection',
  'sec-ch-ua',
  'sec-ch-ua-mobile',
  'sec-ch-ua-platform',
  'DNT',
];

const numbered = [
  'Host',
  'Connection',
  'Keep-Alive',
  'Transfer-Encoding',
  'Content-Length',
  'TE',
  'Trailer',
  'Upgrade',
  'Expect',
  'X-Forwarded-For',
  'X-Forwarded-Proto',
  'X-Forwarded-Host',
  'X-Forwarded-Port',
  'Forwarded',
  'X-Real-IP',
  'Via',
  'X-Request-ID',
  'traceparent',
  'Authorization',
  'Date',
  'User-Agent',
  'Referer',
  'WWW-Authenticate',
];

const longest = 40;

/** Names by length and by their first and last letter: at most a few share a place. */
const places: readonly (readonly KnownName[] | undefined)[] = placesOf([...common, ...numbered]);

/**
 * The name at text[from..to), if it is one of those that nearly all heads are made of. It is then a token, and one string
 * object serves all messages. Other names, and other spellings of these, are found out the slow way.
 */
export function knownName(text: string, from: number, to: number): KnownName | undefined {
  if (to - from > longest || to === from) return undefined;
  const candidates = places[placeOf(to - from, text.charCodeAt(from), text.charCodeAt(to - 1))];
  if (candidates === undefined) return undefined;
  const name = text.slice(from, to);
  for (let i = 0; i < candidates.length; i++) if (candidates[i]!.name === name) return candidates[i];
  return undefined;
}

function placeOf(length: number, first: number, last: number): number {
  return length * 32 + ((first * 5 + last) & 31);
}

function placesOf(names: readonly string[]): (readonly KnownName[] | undefined)[] {
  const all: (KnownName[] | undefined)[] = Array.from({ length: (longest + 1) * 32 }, () => undefined);
  for (const name of new Set(names.flatMap((spelling) => [spelling, spelling.toLowerCase()]))) {
    const place = placeOf(name.length, name.charCodeAt(0), name.charCodeAt(name.length - 1));
    (all[place] ??= []).push({ name, id: name === '' ? Field.Other : fieldId(name) });
  }
  return all;
}
