/** One server that a text stands for, or why there is none, in words. */
export type FoundServer =
  | { readonly name: string }
  | { readonly why: 'unknown' | 'ambiguous'; readonly message: string };

/** Names that are listed where none fits. */
const mostNamed = 10;

/**
 * The server that an operator means: by its name, or by `host:port` or the host alone where only one fits.
 * @param where in words, behind "Cannot find ... in".
 */
export function findServer(text: string, names: readonly string[], where: string): FoundServer {
  if (names.includes(text)) return { name: text };
  const wanted = text.toLowerCase();
  const begin = `Cannot find the server ${JSON.stringify(text)} in ${where}:`;
  for (const short of [hostAndPort, hostAlone]) {
    const fitting = names.filter((name) => short(name) === wanted);
    if (fitting.length === 1) return { name: fitting[0]! };
    if (fitting.length > 1) return { why: 'ambiguous', message: `${begin} it may be ${listed(fitting)}` };
  }
  return { why: 'unknown', message: `${begin} there ${names.length === 0 ? 'is none' : `are ${listed(names)}`}` };
}

function listed(names: readonly string[]): string {
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : '';
  return names.slice(0, mostNamed).join(', ') + more;
}

/** With the port, also where it is the usual one of its scheme. */
function hostAndPort(name: string): string {
  const [, scheme = '', rest = name] = /^(https?|h2c):\/\/(.*)$/i.exec(name) ?? [];
  const plain = rest.toLowerCase();
  if (scheme === '' || /:\d+$/.test(plain)) return plain;
  return `${plain}:${scheme.toLowerCase() === 'https' ? 443 : 80}`;
}

function hostAlone(name: string): string {
  return name
    .toLowerCase()
    .replace(/^(https?|h2c):\/\//, '')
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1');
}
