import { Field, type FieldId } from '../../core/field-names.ts';
import type { Exchange } from '../exchange.ts';
import { isHost, isPathPrefix, isScheme, joinList } from '../forwarding/field-values.ts';
import { withoutFinalSlash } from '../forwarding/path-prefix.ts';

/** How the client sees the proxy: what a server says about itself is turned into this. */
export interface Outside {
  readonly scheme: 'http' | 'https';
  /** `host` or `host:port`; empty: the client has named none. */
  readonly authority: string;
  /** What a trusted proxy before us has taken off the path, without final slash; it puts that back itself. */
  readonly before: string;
}

/** The client's own words, or those of the trusted proxy that it came through, as the server was told them. */
export function outsideOf(exchange: Exchange): Outside {
  const { scheme, authority, client } = exchange;
  if (!client.trusted) return { scheme, authority: isHost(authority) ? authority : '', before: '' };
  const proto = said(exchange, Field.XForwardedProto);
  const host = said(exchange, Field.XForwardedHost);
  const before = said(exchange, Field.XForwardedPrefix);
  return {
    scheme: isScheme(proto) ? secureOrNot(proto) : scheme,
    authority: isHost(host) ? host : isHost(authority) ? authority : '',
    before: isPathPrefix(before) ? withoutFinalSlash(before) : '',
  };
}

function said({ headers }: Exchange, id: FieldId): string {
  let value = '';
  for (let i = 0; i < headers.ids.length; i++) if (headers.ids[i] === id) value = joinList(value, headers.values[i]!);
  return value;
}

function secureOrNot(scheme: string): 'http' | 'https' {
  return scheme === 'https' || scheme === 'wss' ? 'https' : 'http';
}
