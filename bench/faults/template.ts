import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Text of a config beside this file with its `${NAME}`s filled in. `USER` is known by itself: as root nginx's worker must not
 * become `nobody`, who may not write into the folder.
 *
 * @throws {Error} where a name has no value
 */
export function fillTemplate(file: string, values: Readonly<Record<string, string | number>>): string {
  const known: typeof values = { USER: process.getuid?.() === 0 ? 'user root;' : '', ...values };
  const text = readFileSync(fileURLToPath(new URL(file, import.meta.url)), 'utf8');
  return text.replaceAll(/\$\{([A-Z0-9_]+)\}/g, (_, name: string) => {
    const value = known[name];
    if (value === undefined) throw new Error(`Cannot fill in ${file}: nobody says what \${${name}} is`);
    return String(value);
  });
}
