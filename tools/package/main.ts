/** `npm run package`: the packages of Postern, from the checkout as it is. `--help` says more. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { version } from '../../src/version.ts';
import { makeAppTree } from './app-tree.ts';
import { command, repository } from './command.ts';
import { packDeb } from './deb.ts';
import { help, readOptions, type PackageOptions } from './options.ts';
import { addDocuments, packTarball } from './tarball.ts';

/** Exit code: 0 done, 1 it failed, 2 the command line is wrong. */
async function main(): Promise<number> {
  let options: PackageOptions;
  try {
    options = readOptions(process.argv.slice(2), process.env);
  } catch (error) {
    console.error(`${messageOf(error)}\nSee npm run package -- --help`);
    return 2;
  }
  if (options.help) {
    console.log(help);
    return 0;
  }
  try {
    process.umask(0o022);
    await make(options);
    return 0;
  } catch (error) {
    console.error(messageOf(error));
    return 1;
  }
}

async function make(options: PackageOptions): Promise<void> {
  if (options.products.includes('tree')) {
    await makeAppTree(options.out, options);
    return console.log(options.out);
  }
  const epoch = options.epoch ?? (await timeOfCommit());
  await mkdir(options.out, { recursive: true });
  const scratch = await mkdtemp(join(options.out, '.scratch-'));
  try {
    const name = `postern-${version}-linux-${options.arch}${options.withNode ? '' : '-without-node'}`;
    const tree = join(scratch, name);
    await makeAppTree(tree, options);
    if (options.products.includes('deb')) {
      console.log(await packDeb(tree, { ...options, epoch, version }));
    }
    if (options.products.includes('tar')) {
      const file = join(options.out, `${name}.tar.gz`);
      await addDocuments(tree);
      await packTarball(tree, file, { epoch, fast: options.fast });
      console.log(file);
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function timeOfCommit(): Promise<number> {
  try {
    return Number((await command('git', ['log', '-1', '--format=%ct'], { cwd: repository })).trim());
  } catch (error) {
    throw new Error('Cannot tell the time of the sources: this is no git checkout; set SOURCE_DATE_EPOCH', {
      cause: error,
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

process.exitCode = await main();
