/** Makes the packages as `npm run package` does, and looks into them. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { needing, type Needing } from '../../harness/peers/needing.ts';
import { copiesOf, readDockerfile } from './dockerfile.ts';

/**
 * As `needing`; but the packages bring their own Node, so on an older one their tests would only be the same again.
 */
export function needingPackages(
  ...programs: readonly string[]
): Pick<Needing, 'present' | 'before' | 'after' | 'test'> {
  if (Number(process.versions.node.split('.')[0]) >= 26) return needing(...programs);
  const skip = 'tested on the Node that the packages bring';
  return { present: false, before: () => {}, after: () => {}, test: (name) => void test(name, { skip }, () => {}) };
}

export const repository: string = fileURLToPath(new URL('../../..', import.meta.url));

/** Of every file in the packages, in s since 1970. */
export const epoch = 1_790_000_000;

export interface BuildPlace {
  /** Holds tools/package/main.ts. */
  readonly sources: string;
  readonly out: string;
  readonly zone: string;
  readonly umask: string;
}

/** @returns the files that it says it made. */
export async function build(products: readonly string[], place: BuildPlace): Promise<string[]> {
  const main = join(place.sources, 'tools', 'package', 'main.ts');
  const args = [main, ...products, '--fast', '--out', place.out];
  const { stdout } = await promisify(execFile)(
    '/bin/sh',
    ['-c', 'umask "$0"; exec "$@"', place.umask, process.execPath, ...args],
    { cwd: place.sources, env: { ...process.env, SOURCE_DATE_EPOCH: String(epoch), TZ: place.zone } },
  );
  return stdout.trim().split('\n');
}

/**
 * What the images are built from: the files that their Dockerfiles copy, and besides these the documents, which are in
 * the packages alone.
 */
export function buildContext(folder: string): void {
  const stage = readDockerfile(join(repository, 'packaging/container/Dockerfile')).stages[0]!;
  const documents = ['README.md', 'CHANGELOG.md', 'docs', 'examples'];
  for (const source of [...copiesOf(stage).flatMap(({ sources }) => sources), ...documents]) {
    mkdirSync(dirname(join(folder, source)), { recursive: true });
    cpSync(join(repository, source), join(folder, source), { recursive: true });
  }
  // What `RUN npm ci` would make.
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
}

export function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** The name of the only file in a folder that ends so. */
export function onlyFile(folder: string, ending: string): string {
  const [name, ...others] = readdirSync(folder).filter((each) => each.endsWith(ending));
  if (name === undefined || others.length > 0) throw new Error(`Cannot find the one ${ending} in ${folder}`);
  return join(folder, name);
}
