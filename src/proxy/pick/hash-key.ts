import type { Headers } from '../../core/headers.ts';
import type { HashSource } from '../balance-plan.ts';
import type { Exchange } from '../exchange.ts';

/** Gets what is hashed out of a request; undefined: it is not there, or empty. Values stand as they came, not decoded. */
export type KeyOf = (exchange: Exchange) => string | undefined;

export function keyReader(source: HashSource): KeyOf {
  switch (source.kind) {
    case 'client-address':
      return ({ clientAddress }) => clientAddress;
    case 'path':
      return ({ target }) => target.path;
    case 'uri':
      return ({ target }) => target.path + target.query;
    case 'header':
      return headerReader(source.name);
    case 'cookie':
      return ({ headers }) => cookieOf(headers, source.name) || undefined;
    case 'query':
      return ({ target }) => parameterOf(target.query, source.name) || undefined;
    default:
      return source satisfies never;
  }
}

/** What is hashed, in words: `the cookie SID`. */
export function keyText(source: HashSource): string {
  switch (source.kind) {
    case 'client-address':
      return 'the address of the client';
    case 'uri':
      return 'path and query';
    case 'path':
      return 'the path';
    case 'query':
      return `the parameter ${source.name}`;
    default:
      return `the ${source.kind} ${source.name}`;
  }
}

/** `Host` is not among the fields of an exchange. */
function headerReader(name: string): KeyOf {
  if (name === 'host') return ({ host }) => host || undefined;
  return ({ headers }) => headers.get(name) || undefined;
}

/** The first cookie of this name (RFC 6265 section 4.2). */
function cookieOf({ names, values }: Headers, name: string): string | undefined {
  for (let i = 0; i < names.length; i++) {
    const field = names[i]!;
    if (field.length !== 6 || field.toLowerCase() !== 'cookie') continue;
    const value = cookieIn(values[i]!, name);
    if (value !== undefined) return value;
  }
  return undefined;
}

function cookieIn(line: string, name: string): string | undefined {
  for (let start = 0; start < line.length;) {
    const semicolon = line.indexOf(';', start);
    const end = semicolon < 0 ? line.length : semicolon;
    while (line.charCodeAt(start) === 0x20) start++;
    if (line.startsWith(name, start) && line.charCodeAt(start + name.length) === 0x3d) {
      return line.slice(start + name.length + 1, end).trim();
    }
    start = end + 1;
  }
  return undefined;
}

/** The first parameter of this name. @param query with its `?`, or empty. */
function parameterOf(query: string, name: string): string | undefined {
  for (let start = 1; start < query.length;) {
    const ampersand = query.indexOf('&', start);
    const end = ampersand < 0 ? query.length : ampersand;
    if (query.startsWith(name, start) && query.charCodeAt(start + name.length) === 0x3d) {
      return query.slice(start + name.length + 1, end);
    }
    start = end + 1;
  }
  return undefined;
}
