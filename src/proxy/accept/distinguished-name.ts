/**
 * A name of a certificate as RFC 4514 writes it: `CN=client,O=Example`, the most specific part first.
 *
 * @param lines as Node tells it: a part a line, the most general first, values escaped as in RFC 4514 already.
 */
export function distinguishedName(lines: string): string {
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replaceAll(' + ', '+'))
    .toReversed()
    .join(',');
}
