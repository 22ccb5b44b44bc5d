/** What an image would hold, in a folder. */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { repository } from './build.ts';
import { copiesOf, type Stage } from './dockerfile.ts';

/**
 * The libraries of a base image without a shell, and what the last stage copies.
 * @param tree the files of the program, as the stage before makes them.
 */
export function fillImage(root: string, stage: Stage, tree: string): void {
  chmodSync(root, 0o755);
  const libraries = execFileSync('ldd', [join(tree, 'node/bin/node')], { encoding: 'utf8' });
  const paths = [...libraries.matchAll(/\/\S+(?= \()/g)].map(([path]) => path);
  const atomic = paths.find((path) => path.includes('libatomic'))!;
  for (const path of paths) if (path !== atomic) put(path, join(root, path));
  for (const { from, sources, target, owner } of copiesOf(stage)) {
    if (from === undefined) put(join(repository, sources[0]!), join(root, target));
    else if (target.endsWith('/libatomic.so.1')) put(atomic, join(root, target));
    else if (target === '/usr/lib/postern') execFileSync('cp', ['-a', tree, join(root, target)]);
    else {
      mkdirSync(join(root, target), { recursive: true });
      const [uid, gid] = owner!.split(':').map(Number);
      chownSync(join(root, target), uid!, gid!);
    }
  }
  const config = join(root, 'etc/postern/postern.yaml');
  writeFileSync(config, readFileSync(config, 'utf8').replace('":8080"', '"127.0.0.1:0"'));
}

function put(from: string, to: string): void {
  execFileSync('install', ['-D', from, to]);
}
