import type { BondTimes, SplitPlan, SplitStickyPlan } from '../../proxy/index.ts';
import { bad, good, type Reading } from './reading.ts';
import type { BondCookieConfig } from './schema-sticky.ts';
import { readDestinationUrl, type UrlDestination } from './server-url.ts';

/** Where a route leads. */
export type Destination =
  | { readonly kind: 'pool'; readonly name: string }
  | { readonly kind: 'url'; readonly url: UrlDestination }
  | SplitDestination;

/** Several pools. */
export interface SplitDestination extends Omit<SplitPlan, 'sticky'> {
  readonly kind: 'split';
  readonly sticky:
    | Exclude<SplitStickyPlan, { kind: 'cookie' }>
    | ({ readonly kind: 'cookie'; readonly cookie: BondCookieConfig } & BondTimes)
    | undefined;
  /** It is the list itself, and no map that has it. */
  readonly short: boolean;
}

/** The pools of the config that it names. */
export function poolsOf(to: Destination | undefined): readonly string[] {
  if (to?.kind === 'pool') return [to.name];
  return to?.kind === 'split' ? to.parts.map(({ pool }) => pool) : [];
}

/** Names of listeners, routes and pools are words for logs, metrics and command lines. */
const name = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/;

/** What holds a colon or a slash is a URL, all else the name of a pool. */
export function readDestination(text: string): Reading<Destination> {
  if (/[:/]/.test(text)) {
    const url = readDestinationUrl(text);
    return url.ok ? good({ kind: 'url', url: url.value }) : url;
  }
  const read = readName(text);
  return read.ok ? good({ kind: 'pool', name: read.value }) : read;
}

/** The name of a listener or pool. */
export function readName(text: string): Reading<string> {
  if (name.test(text)) return good(text);
  const better = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\w.-]+/g, '-')
    .replace(/^[.-]+|-+$/g, '');
  const remedy = 'use letters, digits, "_", "-" and ".", 100 at most, beginning with a letter, digit or "_"';
  return bad('it is not a name', remedy, name.test(better) ? better : undefined);
}
