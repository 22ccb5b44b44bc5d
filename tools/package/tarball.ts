import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { command, repository } from './command.ts';
import { tidy } from './tidy.ts';

/** What whoever unpacks it reads, besides the program. */
const documents = ['README.md', 'CHANGELOG.md', 'docs/guide', 'docs/reference', 'examples'];

export interface TarballOptions {
  readonly epoch: number;
  readonly fast: boolean;
}

/** Adds the documents and an example of each file for the machine's services to the files of the program. */
export async function addDocuments(tree: string): Promise<void> {
  for (const path of documents) await cp(join(repository, path), join(tree, path), { recursive: true });
  await rm(join(tree, 'examples', 'demo'), { recursive: true });
  await mkdir(join(tree, 'share'));
  await cp(join(repository, 'packaging', 'deb', 'postern.logrotate'), join(tree, 'share', 'postern.logrotate'));
  await cp(join(repository, 'packaging', 'deb', 'postern.1'), join(tree, 'share', 'postern.1'));
}

/**
 * Packs a folder, which becomes the one folder of the archive, under its name.
 * @param file ends in `.tar.gz`; it is there as a whole or not at all.
 */
export async function packTarball(folder: string, file: string, options: TarballOptions): Promise<void> {
  await tidy(folder, options.epoch);
  const partial = `${file}.partial`;
  const same = [
    '--sort=name',
    `--mtime=@${options.epoch}`,
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--format=gnu',
  ];
  const gzip = `--use-compress-program=gzip -n ${options.fast ? '-1' : '-9'}`;
  await command('tar', [...same, gzip, '-cf', partial, basename(folder)], { cwd: dirname(folder) });
  await rename(partial, file);
}
