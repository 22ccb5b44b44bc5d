/** What is shorter is a port or a switch, and would be found in every second word. */
const shortest = 4;

/** What stands behind these keys is one of our own words. */
const ours: ReadonlySet<string> = new Set(['kind', 'verdict', 'step', 'reason', 'scheme']);

/**
 * The same plain data with `***` for every secret in its texts: an explanation has parts of many texts.
 *
 * @param secrets what `${...}` put into the config.
 */
export function hideSecrets<T>(data: T, secrets: readonly string[]): T {
  const values = secrets.filter(({ length }) => length >= shortest).toSorted((a, b) => b.length - a.length);
  if (values.length === 0) return data;
  const hideIn = (text: string): string => values.reduce((rest, value) => rest.replaceAll(value, '***'), text);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- texts stay texts
  return JSON.parse(
    JSON.stringify(data, (key, part: unknown) => (typeof part === 'string' && !ours.has(key) ? hideIn(part) : part)),
  ) as T;
}
