import { pathText, type ConfigPath } from './config-problem.ts';
import type { Source } from './source.ts';

/** Keys, and names of fields and cookies, whose values open something. The path of a file opens nothing. */
const secretName =
  /passw|passphrase|secret|credential|authorization|cookie|token(?!File$)|api-?_?key|[-_]key$|^users$/i;

/**
 * The same config, with `***` also for what opens something and stands in it as it is: for those who may see what runs, but need not
 * be those who may read the file. It goes by names, so it is no reason to write secrets into a config.
 */
export function hidePlainSecrets(source: Source): Source {
  const shown = new Map(source.shown);
  hideBelow(source.value, { path: [], secret: false, shown });
  return { ...source, shown, locate: (path, end) => source.locate(path, end) };
}

interface Place {
  readonly path: ConfigPath;
  /** A key above says so. */
  readonly secret: boolean;
  readonly shown: Map<string, string>;
}

/** The config has been parsed with a bound of its depth. */
function hideBelow(value: unknown, { path, secret, shown }: Place): void {
  if (typeof value === 'string') return hideText(value, { path, secret, shown });
  if (typeof value !== 'object' || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    const here = Array.isArray(value) ? Number(key) : key;
    hideBelow(part, { path: [...path, here], secret: secret || isSecret(path, here), shown });
  }
}

function hideText(text: string, { path, secret, shown }: Place): void {
  const at = pathText(path);
  const before = shown.get(at) ?? text;
  const after = secret ? '***' : before.replace(/\/\/[^/@\s]*@/g, '//***@');
  if (after !== text) shown.set(at, after);
}

/** Fields that are sent to a collector are there to be let in. */
function isSecret(path: ConfigPath, key: string | number): boolean {
  if (typeof key === 'number') return false;
  return secretName.test(key) || (key === 'headers' && path.at(-1) === 'otlp');
}
