import { quote } from '../config/config-problem.ts';
import { readHostName } from '../config/host-name.ts';
import { bad, good, type Reading } from '../config/reading.ts';
import { readPlainPath } from '../config/route-path.ts';
import { readDestinationUrl } from '../config/server-url.ts';
import type { ReverseFrom, ReverseItem } from './reverse-item.ts';

/** What was read, and all mistakes in words: either of them may be empty. */
export interface ReverseLines {
  readonly items: readonly ReverseItem[];
  readonly problems: readonly string[];
}

/** More than any appliance has; each becomes a route. */
const mostItems = 10_000;
const mostProblems = 100;

/**
 * Reads the setting: definitions with white space between. The name `apache_reverse` and quotes round all of it may be there,
 * as in the settings file; lines that begin with `#` are left out. Never throws.
 */
export function readReverseLines(text: string): ReverseLines {
  const words = wordsOf(text);
  if (words.length === 0) return { items: [], problems: ['Cannot find a definition: the text is empty'] };
  if (words.length > mostItems) {
    return { items: [], problems: [`Cannot read more than ${mostItems} definitions: there are ${words.length}`] };
  }
  const readings = words.map((word, i) => readItem(word, i + 1));
  const items = readings.flatMap((reading) => (reading.ok ? [reading.value] : []));
  const problems = readings.flatMap((reading, i) =>
    reading.ok ? [] : [`${nameOf(words[i]!, i + 1)}: ${sentence(reading)}`],
  );
  return { items, problems: [...problems, ...duplicates(items)].slice(0, mostProblems) };
}

function wordsOf(text: string): string[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const whole = lines
    .filter((line) => !line.trimStart().startsWith('#'))
    .join(' ')
    .trim();
  const named = /^apache_reverse\b\s*[=:]?\s*/.exec(whole);
  const bare = named === null ? whole : whole.slice(named[0].length);
  const quoted = /^(["']).*\1$/s.test(bare) ? bare.slice(1, -1) : bare;
  return quoted.split(/\s+/).filter((word) => word !== '');
}

function nameOf(word: string, number: number): string {
  return `Cannot read item ${number}, ${quote(word)}`;
}

function sentence(reading: Reading<unknown> & { readonly ok: false }): string {
  const better = reading.better === undefined ? '' : ` (for example ${quote(reading.better)})`;
  return `${reading.what}, ${reading.remedy}${better}`;
}

function readItem(text: string, number: number): Reading<ReverseItem> {
  const [left = '', right, ...flags] = text.split(',');
  if (right === undefined || left === '' || right === '') {
    return bad('a path and a server belong to it', 'write path,server, for example /app/,http://10.0.0.5/app/');
  }
  const from = readFrom(left);
  if (!from.ok) return part('the left side', from);
  const to = readTo(right);
  if (!to.ok) return part('the server', to);
  const wrong = wrongFlag(flags, from.value);
  if (wrong !== undefined) return wrong;
  const httpsOnly = flags.includes('httpsonly');
  const httpsRedirect = flags.includes('httpsredirect');
  return good({ number, text, from: from.value, to: to.value, httpsOnly, httpsRedirect });
}

function part(name: string, { what, remedy, better }: Reading<unknown> & { readonly ok: false }): Reading<never> {
  return bad(`${name}: ${what}`, remedy, better);
}

function readFrom(text: string): Reading<ReverseFrom> {
  if (text.startsWith('/')) {
    const path = readPlainPath(text);
    return path.ok ? good({ kind: 'path', path: path.value }) : path;
  }
  const url = /^(https?):\/\/([^/]*)(.*)$/is.exec(text);
  if (url === null) return bad('it is neither a path nor a URL', 'begin it with / or http:// or https://');
  const [, scheme, authority, rest] = url;
  if (/:\d*$/.test(authority!)) return bad('a host has no port here', 'leave it out: http is port 80, https 443');
  const host = readHostName(authority!);
  if (!host.ok) return host;
  const path = readPlainPath(rest === '' ? '/' : rest!);
  if (!path.ok) return path;
  return good({
    kind: 'host',
    scheme: scheme!.toLowerCase() === 'https' ? 'https' : 'http',
    host: host.value,
    path: path.value,
  });
}

function readTo(text: string): Reading<ReverseItem['to']> {
  if (!/^https?:\/\//i.test(text)) return bad('it is not a URL', 'begin it with http:// or https://');
  return readDestinationUrl(text);
}

function wrongFlag(flags: readonly string[], from: ReverseFrom): Reading<never> | undefined {
  for (const [i, flag] of flags.entries()) {
    if (flag !== 'httpsonly' && flag !== 'httpsredirect') {
      return bad(`there is no flag ${quote(flag)}`, 'the flags are httpsonly and httpsredirect');
    }
    if (flags.indexOf(flag) !== i) return bad(`the flag ${flag} is there twice`, 'leave one of them out');
  }
  if (flags.length === 0 || from.kind === 'path' || from.scheme === 'https') return undefined;
  return bad(`${flags[0]} with an http:// host leads nowhere`, 'write https:// on the left');
}

/** Two items for the same requests. */
function duplicates(items: readonly ReverseItem[]): string[] {
  const seen = new Map<string, ReverseItem>();
  return items.flatMap((item) => {
    const other = placesOf(item)
      .map((place) => seen.get(place))
      .find((each) => each !== undefined);
    for (const place of placesOf(item)) seen.set(place, seen.get(place) ?? item);
    if (other === undefined) return [];
    const remedy = 'leave one of them out';
    return [`${nameOf(item.text, item.number)}: item ${other.number} is for the same requests, ${remedy}`];
  });
}

/** What an item takes: a host by https with a flag has the plain side of it too. */
function placesOf({ from, httpsOnly, httpsRedirect }: ReverseItem): string[] {
  if (from.kind === 'path') return [`* ${from.path}`];
  const schemes = httpsOnly || httpsRedirect ? ['http', 'https'] : [from.scheme];
  return schemes.map((scheme) => `${scheme} ${from.host} ${from.path}`);
}
