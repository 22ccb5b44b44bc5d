import type { Condition, TextMatch } from '../../proxy/index.ts';

/** A condition in words: `method is GET or HEAD, and not (address is 10.0.0.0/8)`. */
export function conditionText(condition: Condition): string {
  switch (condition.kind) {
    case 'all':
      // What a list says that cannot be read may be anything.
      return condition.of.length === 0 ? 'anything' : condition.of.map(inner).join(' and ');
    case 'any':
      return condition.of.map(inner).join(' or ');
    case 'not':
      return `not ${inner(condition.of)}`;
    case 'method':
      return `method is ${listed(condition.methods)}`;
    case 'address':
      return `address is ${listed(condition.networks)}`;
    case 'scheme':
      return `by ${condition.scheme}`;
    case 'path':
      return `path ${matchText(condition.value)}`;
    case 'tls':
      return `${tlsWords[condition.what]} ${matchText(condition.value)}`;
    default:
      return `${condition.kind} ${condition.name} ${matchText(condition.value)}`;
  }
}

const tlsWords = {
  version: 'TLS version',
  serverName: 'TLS server name',
  clientSubject: 'client certificate',
} as const;

function inner(condition: Condition): string {
  const text = conditionText(condition);
  return condition.kind === 'all' || condition.kind === 'any' ? `(${text})` : text;
}

function matchText(match: TextMatch): string {
  if (match.kind === 'present') return 'is there';
  if (match.kind === 'all') return match.of.map(matchText).join(' and ');
  return `${matchWords[match.kind]} ${listed(match.kind === 'regex' ? match.patterns : match.texts)}`;
}

const matchWords = {
  is: 'is',
  startsWith: 'starts with',
  endsWith: 'ends with',
  contains: 'contains',
  regex: 'matches',
} as const;

/**
 * `a, b or c`; of many the first three and how many there are besides.
 *
 * @internal
 */
export function listed(texts: readonly string[]): string {
  if (texts.length > 4) return `${texts.slice(0, 3).join(', ')} or ${texts.length - 3} others`;
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} or ${texts.at(-1)!}`;
}
