import { chmod, copyFile, cp, mkdir, mkdtemp, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { command, repository } from './command.ts';
import { installDependencies, pruneDependencies } from './dependencies.ts';
import type { Arch } from './options.ts';

export interface TreeOptions {
  readonly arch: Arch;
  readonly withNode: boolean;
}

/** What of package.json the program reads, and what says where it comes from. */
const keptOfManifest = ['name', 'version', 'description', 'license', 'type', 'dependencies', 'engines'];

/**
 * The files of the program, as they run: `bin/postern` starts it.
 *
 * Everything is made anew in a scratch folder beside `tree`, so neither `dist/` nor `node_modules/` of the checkout matter.
 * @param tree a new folder, or an empty one.
 */
export async function makeAppTree(tree: string, options: TreeOptions): Promise<void> {
  await mkdir(dirname(tree), { recursive: true });
  const scratch = await mkdtemp(join(dirname(tree), '.postern-tree-'));
  try {
    await Promise.all([
      compile(join(scratch, 'app', 'dist')),
      installDependencies(join(scratch, 'install'), options.arch),
    ]);
    await assemble(scratch, options);
    await rmdir(tree).catch(ignoreMissing);
    await rename(join(scratch, 'app'), tree);
    await chmod(tree, 0o755);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function compile(out: string): Promise<void> {
  const tsc = join(repository, 'node_modules', 'ts7', 'bin', 'tsc');
  const codeAlone = ['--declaration', 'false', '--isolatedDeclarations', 'false', '--sourceMap', 'false'];
  await command(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', out, ...codeAlone], {
    cwd: repository,
  });
}

async function assemble(scratch: string, options: TreeOptions): Promise<void> {
  const app = join(scratch, 'app');
  const modules = join(scratch, 'install', 'node_modules');
  const node = join(modules, `node-linux-${options.arch}`);
  if (options.withNode) await takeNode(node, join(app, 'node'));
  await rm(node, { recursive: true });
  await pruneDependencies(modules);
  await rename(modules, join(app, 'node_modules'));
  await mkdir(join(app, 'bin'));
  await copyFile(join(repository, 'bin', 'postern.js'), join(app, 'bin', 'postern.js'));
  // It is run by name of a Node: there may be none in the PATH.
  await chmod(join(app, 'bin', 'postern.js'), 0o644);
  await cp(join(repository, 'packaging', 'bin', 'postern'), join(app, 'bin', 'postern'));
  await chmod(join(app, 'bin', 'postern'), 0o755);
  await copyFile(join(repository, 'LICENSE'), join(app, 'LICENSE'));
  await writeFile(join(app, 'package.json'), await manifest());
}

/** The program and its licences; not its headers and manuals. */
async function takeNode(from: string, to: string): Promise<void> {
  await mkdir(join(to, 'bin'), { recursive: true });
  await rename(join(from, 'bin', 'node'), join(to, 'bin', 'node'));
  await rename(join(from, 'LICENSE'), join(to, 'LICENSE'));
}

async function manifest(): Promise<string> {
  const whole = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')) as Record<string, unknown>;
  const kept = Object.fromEntries(keptOfManifest.map((key) => [key, whole[key]]));
  return `${JSON.stringify(kept, undefined, 2)}\n`;
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
