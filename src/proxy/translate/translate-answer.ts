import { Field, type FieldId } from '../../core/field-names.ts';
import type { Headers } from '../../core/headers.ts';
import type { Exchange } from '../exchange.ts';
import type { RoutePlan, TranslatePlan } from '../plan.ts';
import type { ServerPlan } from '../pool-plan.ts';
import { blockSchemes } from './block-schemes.ts';
import { mapCookie } from './map-cookie.ts';
import { mapLinks, mapRefresh } from './map-references.ts';
import { Translation } from './translation.ts';

/** 1 for the fields in which a server speaks of itself. */
const speaks = new Uint8Array(256);
for (const id of [
  Field.Location,
  Field.ContentLocation,
  Field.Refresh,
  Field.Link,
  Field.SetCookie,
  Field.WwwAuthenticate,
  Field.ProxySupport,
  Field.PersistentAuth,
]) {
  speaks[id] = 1;
}

/**
 * Turns what a server says about itself into what its clients may see, in place. An answer without such fields costs one look
 * at the numbers of its fields. Never throws; the time is linear in the length of the fields.
 *
 * @param sentHost what `Host` said to the server.
 */
export function translateAnswer(headers: Headers, exchange: Exchange, server: ServerPlan, sentHost: string): void {
  const { ids } = headers;
  for (let i = 0; i < ids.length; i++) {
    if (speaks[ids[i]!] === 1) return translateFrom(i, headers, exchange, { server, sentHost });
  }
}

function translateFrom(
  first: number,
  headers: Headers,
  exchange: Exchange,
  { server, sentHost }: { readonly server: ServerPlan; readonly sentHost: string },
): void {
  const { ids, values } = headers;
  const route: RoutePlan | undefined = exchange.route;
  if (route?.translate === undefined) return;
  const by = new Translation(exchange, route, server, sentHost);
  let gone = false;
  for (let i = first; i < ids.length; i++) {
    if (speaks[ids[i]!] !== 1) continue;
    const value = translated(headers, i, route.translate, by);
    gone ||= value === undefined;
    values[i] = value ?? '';
  }
  if (gone) headers.filter((i) => values[i] !== '' || speaks[ids[i]!] !== 1);
}

/** Undefined: the field goes away. */
function translated({ ids, values }: Headers, i: number, plan: TranslatePlan, by: Translation): string | undefined {
  const value = values[i]!;
  switch (ids[i]) {
    case Field.SetCookie:
      return plan.cookies ? mapCookie(value, by) : value;
    case Field.WwwAuthenticate:
      return blockSchemes(value, plan);
    case Field.ProxySupport:
    case Field.PersistentAuth:
      // These two are about the schemes that authenticate connections, and mean nothing without one.
      return plan.blockNtlm && plan.blockNegotiate ? undefined : value;
    default:
      return plan.locations ? mapReferences(ids[i]!, value, by) : value;
  }
}

function mapReferences(id: FieldId, value: string, by: Translation): string {
  if (id === Field.Refresh) return mapRefresh(value, (url) => by.url(url));
  return id === Field.Link ? mapLinks(value, (url) => by.url(url)) : by.url(value);
}
