import { glob, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/**
 * The copyright file: Postern's own licence, and for each package in the tree the name of its licence; their texts are
 * beside their code.
 *
 * @param tree the files of the program.
 * @param place where the package puts them.
 * @param year of the sources.
 * @throws Error where a package does not say what its licence is.
 */
export async function copyrightFile(tree: string, place: string, year: number): Promise<string> {
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Postern

Files: *
Copyright: ${year} The Postern authors
License: Apache-2.0

Files: ${place.slice(1)}/node/*
Copyright: ${year} Node.js contributors, and others that the file named below lists
License: MIT
Comment: The whole text, with the licences of what Node contains, is ${place}/node/LICENSE.

${await packageParts(tree, `${place}/node_modules`, year)}License: Apache-2.0
 On Debian systems the whole text is /usr/share/common-licenses/Apache-2.0.
`;
}

async function packageParts(tree: string, place: string, year: number): Promise<string> {
  const rows: string[] = [];
  for await (const path of glob('node_modules/{*,@*/*}/package.json', { cwd: tree })) {
    const { name, version, license } = JSON.parse(await readFile(join(tree, path), 'utf8')) as Manifest;
    if (license === undefined) throw new Error(`Cannot package ${name}: its package.json names no licence`);
    rows.push(
      `Files: ${join(place, dirname(path).slice('node_modules/'.length)).slice(1)}/*\nCopyright: ${year} The authors of ${name} ${version}\nLicense: ${license}\nComment: The text is in this folder.\n\n`,
    );
  }
  return rows.toSorted().join('');
}
