import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** What can be made: the files of the program in a folder, an archive of them, a Debian package. */
export type Product = 'tree' | 'tar' | 'deb';

/** As Node names processors. */
export type Arch = 'x64' | 'arm64';

export interface PackageOptions {
  readonly help: boolean;
  readonly products: readonly Product[];
  /** Where they go: a folder that is made if need be; for `tree` it becomes the tree, and must be new or empty. */
  readonly out: string;
  readonly arch: Arch;
  /** Node comes along. */
  readonly withNode: boolean;
  /** Hardly compressed: for tests. */
  readonly fast: boolean;
  /** The time of every file, in s since 1970. */
  readonly epoch: number | undefined;
}

export const help = `Makes the packages of Postern.

  npm run package -- [tree|tar|deb]... [options]      default: tar deb

  --out <folder>    where they go (dist-packages); for tree, the tree itself
  --arch <arch>     x64 or arm64 (that of this machine)
  --without-node    for machines that have Node 24 or newer; tar and tree only
  --fast            hardly compressed
  --help

SOURCE_DATE_EPOCH is the time of all files in them; unless set, that of the last commit.`;

const products: readonly string[] = ['tree', 'tar', 'deb'] satisfies Product[];

/**
 * @param args of the command line.
 * @throws Error that says what is wrong with them.
 */
export function readOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): PackageOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      out: { type: 'string', default: 'dist-packages' },
      arch: { type: 'string', default: process.arch },
      'without-node': { type: 'boolean', default: false },
      fast: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const wanted = positionals.length === 0 ? ['tar', 'deb'] : positionals;
  const unknown = wanted.find((each) => !products.includes(each));
  if (unknown !== undefined) throw new Error(`Cannot make "${unknown}": there are ${products.join(', ')}`);
  if (wanted.includes('tree') && wanted.length > 1)
    throw new Error('Cannot make a tree and packages in one folder: ask for one of them');
  if (values['without-node'] && wanted.includes('deb')) {
    throw new Error(
      'Cannot make a Debian package without Node: no Debian release has one that is new enough; ask for tar',
    );
  }
  return {
    help: values.help,
    products: wanted as Product[],
    out: resolve(values.out),
    arch: toArch(values.arch),
    withNode: !values['without-node'],
    fast: values.fast,
    epoch: toEpoch(environment['SOURCE_DATE_EPOCH']),
  };
}

function toArch(text: string): Arch {
  if (text === 'x64' || text === 'arm64') return text;
  throw new Error(`Cannot package for "${text}": there are x64 and arm64`);
}

function toEpoch(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw new Error(`Cannot use SOURCE_DATE_EPOCH "${text}": it is a number of seconds since 1970`);
}
