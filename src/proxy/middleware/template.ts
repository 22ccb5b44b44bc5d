import type { Headers } from '../../core/headers.ts';
import { fieldChar } from '../../wire/chars.ts';
import type { Work } from './feature.ts';
import { escapeComponent, escapePath, escapeQuery, escapeUrl, toBytes } from './url-text.ts';

/** A text with variables, taken apart when the config was read: plain data. */
export type Template = readonly TemplatePart[];

export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: VariableName }
  /** Of the request. */
  | { readonly kind: 'header' | 'cookie' | 'queryParam'; readonly name: string }
  /** A group of the pattern that matched; 0: the match. */
  | { readonly kind: 'capture'; readonly number: number };

export type VariableName =
  | 'host'
  | 'path'
  | 'query'
  | 'method'
  | 'scheme'
  | 'clientAddress'
  | 'requestId'
  | 'route'
  | 'listener'
  | 'tls.version'
  | 'tls.serverName'
  | 'clientCertificate.subject';

/** What a variable stands for. All give a string of bytes, empty where there is nothing. */
const variables: Readonly<Record<VariableName, (work: Work) => string>> = {
  // As it stands in a URL.
  host: ({ exchange }) => (exchange.host.includes(':') ? `[${exchange.host}]` : exchange.host),
  path: ({ exchange }) => exchange.target.path,
  query: ({ exchange }) => exchange.target.query,
  method: ({ exchange }) => exchange.method,
  scheme: ({ exchange }) => exchange.scheme,
  clientAddress: ({ exchange }) => exchange.clientAddress,
  requestId: ({ exchange }) => exchange.id,
  route: ({ exchange }) => toBytes(exchange.route?.name ?? ''),
  listener: ({ exchange }) => toBytes(exchange.client.listener),
  'tls.version': ({ exchange }) => exchange.client.tls?.version ?? '',
  'tls.serverName': ({ exchange }) => toBytes(exchange.client.tls?.serverName ?? ''),
  // Of a certificate that anyone can make, nothing is believed.
  'clientCertificate.subject': ({ exchange }) => {
    const certificate = exchange.client.tls?.clientCertificate;
    return certificate?.valid === true ? toBytes(certificate.subject) : '';
  },
};

/** What stands for something else in a URL that a server is told. */
const outgoing: Readonly<Partial<Record<VariableName, (work: Work) => string>>> = {
  path: (work) => work.path,
  query: (work) => work.query,
};

/** The variables that stand for themselves, for messages. */
export const variableNames: readonly string[] = Object.keys(variables);

/** The match of a pattern and its groups. */
export type Captures = readonly (string | undefined)[];

/** A template with its variables filled in. */
export type Filled = (work: Work, captures?: Captures) => string;

type Place = 'url' | 'query' | 'value';

type Fill = (work: Work, captures: Captures) => string;

const none: Captures = [];

/** For the value of a field: control characters, which would end it, are left out. */
export function compileFieldTemplate(template: Template): Filled {
  const only = template.length === 1 ? template[0] : undefined;
  if (only?.kind === 'text') return constant(only.text);
  const fills = template.map(fillOf);
  return (work, captures = none) => cleanValue(join(fills, work, captures));
}

/**
 * For a URL, or a path. What comes from a request is percent-encoded so that it stays within the place where it stands: a
 * host, a path and a query are taken as the parts of a URL that they are, a group of a pattern as part of a path, or of a
 * value where a `?` stands before it, and all else as text.
 *
 * @param place what the template is: a URL or path; part of a query; or the value of one parameter, all text.
 * @param target whose path and query are meant: the client's, or those that the server is told as they stand now.
 */
export function compileUrlTemplate(
  template: Template,
  place: Place = 'url',
  target: 'client' | 'server' = 'client',
): Filled {
  let here = place;
  const fills: Fill[] = [];
  for (const part of template) {
    fills.push(escapedFill(part, here, target));
    if (part.kind === 'text' && here === 'url' && part.text.includes('?')) here = 'query';
  }
  if (template.every((part) => part.kind === 'text')) return constant(join(fills, undefined!, none));
  return (work, captures = none) => join(fills, work, captures);
}

function constant(text: string): Filled {
  return () => text;
}

function join(fills: readonly Fill[], work: Work, captures: Captures): string {
  let text = '';
  for (let i = 0; i < fills.length; i++) text += fills[i]!(work, captures);
  return text;
}

function escapedFill(part: TemplatePart, place: Place, target: 'client' | 'server'): Fill {
  const fill = (target === 'server' && part.kind === 'variable' && outgoing[part.name]) || fillOf(part);
  const escape = escapeFor(part, place);
  return (work, captures) => escape(fill(work, captures));
}

function escapeFor(part: TemplatePart, place: Place): (text: string) => string {
  if (part.kind === 'text') return place === 'value' ? escapeComponent : escapeUrl;
  const isPath = part.kind === 'capture' || (part.kind === 'variable' && part.name === 'path');
  if (isPath) return place === 'url' ? escapePath : escapeQuery;
  const isWhole = part.kind === 'variable' && wholeParts.has(part.name);
  return isWhole && place !== 'value' ? escapeUrl : escapeComponent;
}

/** Parts of a URL by themselves: the parser of requests lets nothing else through in them. */
const wholeParts: ReadonlySet<VariableName> = new Set<VariableName>(['query', 'host', 'scheme']);

function fillOf(part: TemplatePart): Fill {
  switch (part.kind) {
    case 'text':
      return () => part.text;
    case 'variable':
      return variables[part.name];
    case 'header':
      return (work) => headerOf(work.headers, part.name);
    case 'cookie':
      return (work) => cookieOf(work.headers, part.name);
    case 'queryParam':
      return (work) => parameterOf(work.exchange.target.query, part.name);
    default:
      return (_, captures) => captures[part.number] ?? '';
  }
}

/** A field that came several times is one list (RFC 9110 section 5.3). */
function headerOf(headers: Headers, name: string): string {
  const first = headers.get(name);
  if (first === undefined) return '';
  const all = headers.getAll(name);
  return all.length === 1 ? first : all.join(', ');
}

/** The first cookie of this name, as it stands (RFC 6265 section 4.2). */
function cookieOf(headers: Headers, name: string): string {
  for (const line of headers.getAll('Cookie')) {
    for (const pair of line.split(';')) {
      const equals = pair.indexOf('=');
      if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
    }
  }
  return '';
}

/** The first parameter of this name, as it stands: not decoded, so that nothing in it can be taken for something else. */
function parameterOf(query: string, name: string): string {
  for (let at = 1; at < query.length;) {
    const next = query.indexOf('&', at);
    const end = next < 0 ? query.length : next;
    const equals = query.indexOf('=', at);
    const nameEnd = equals < 0 || equals > end ? end : equals;
    if (query.slice(at, nameEnd) === name) return query.slice(Math.min(nameEnd + 1, end), end);
    at = end + 1;
  }
  return '';
}

function cleanValue(text: string): string {
  for (let i = 0; i < text.length; i++) if (fieldChar[text.charCodeAt(i)] !== 1) return onlyFieldChars(text);
  return text;
}

function onlyFieldChars(text: string): string {
  let out = '';
  for (const character of text) if (fieldChar[character.charCodeAt(0)] === 1) out += character;
  return out;
}
