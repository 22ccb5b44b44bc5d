import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { parse } from 'yaml';

/** The file that each case is in, without its ending, by the name of the case. */
export function categoriesOf(folder: 'requests' | 'responses'): Map<string, string> {
  const where = path.join(import.meta.dirname, folder);
  const categories = new Map<string, string>();
  for (const file of readdirSync(where)
    .filter((name) => name.endsWith('.yaml'))
    .toSorted()) {
    const items = parse(readFileSync(path.join(where, file), 'utf8')) as readonly { readonly name: string }[];
    for (const { name } of items) categories.set(name, file.slice(0, -'.yaml'.length));
  }
  return categories;
}
