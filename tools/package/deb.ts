import { chmod, cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { command, repository } from './command.ts';
import { controlFile, debianArch, debianChangelog, debianVersion, maintainer } from './deb-control.ts';
import { copyrightFile } from './deb-copyright.ts';
import { filesBelow, gzipped, kilobytes } from './files.ts';
import type { PackageOptions } from './options.ts';
import { systemdUnit } from './systemd-unit.ts';
import { tidy } from './tidy.ts';

export interface DebOptions extends PackageOptions {
  readonly version: string;
  readonly epoch: number;
}

const sources = join(repository, 'packaging', 'deb');
const place = '/usr/lib/postern';
const docs = '/usr/share/doc/postern';
const scripts = ['postinst', 'prerm', 'postrm'];
const conffiles = ['/etc/logrotate.d/postern', '/etc/postern/postern.yaml'];

/**
 * Makes the Debian package of a tree, which is moved into it meanwhile, and is back in its place afterwards.
 * @returns its file, `postern_<version>_<arch>.deb` in `options.out`; it is there as a whole or not at all.
 */
export async function packDeb(tree: string, options: DebOptions): Promise<string> {
  const root = join(dirname(tree), 'deb');
  const file = join(options.out, `postern_${debianVersion(options.version)}_${debianArch[options.arch]}.deb`);
  await layOut(tree, root, options);
  await tidy(root, options.epoch);
  const compression = options.fast ? ['-Zgzip', '-z1'] : ['-Zxz', '-z6', '--threads-max=1'];
  const { epoch } = options;
  await command('dpkg-deb', ['--root-owner-group', ...compression, '--build', root, `${file}.partial`], {
    cwd: '/',
    epoch,
  });
  await rename(`${file}.partial`, file);
  await rename(join(root, place), tree);
  await rm(root, { recursive: true });
  return file;
}

/** Where each file is on the machine. */
async function layOut(tree: string, root: string, options: DebOptions): Promise<void> {
  const put = async (path: string, content: string | Buffer): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  };
  await mkdir(dirname(join(root, place)), { recursive: true });
  await rename(tree, join(root, place));
  await command('ln', ['-s', '../lib/postern/bin/postern', await madeFolder(join(root, 'usr/bin'), 'postern')], {
    cwd: root,
  });
  await put('/usr/lib/systemd/system/postern.service', await systemdUnit(join(root, place)));
  await put('/etc/postern/postern.yaml', await readFile(join(sources, 'postern.yaml')));
  await put('/etc/logrotate.d/postern', await readFile(join(sources, 'postern.logrotate')));
  await put('/usr/share/man/man1/postern.1.gz', gzipped(await readFile(join(sources, 'postern.1'))));
  await put('/usr/share/lintian/overrides/postern', await readFile(join(sources, 'lintian-overrides')));
  await putDocuments(root, options, put);
  await putControl(root, options, put);
}

type Put = (path: string, content: string | Buffer) => Promise<void>;

async function putDocuments(root: string, options: DebOptions, put: Put): Promise<void> {
  const facts = { version: options.version, maintainer: maintainer(process.env) };
  await put(
    `${docs}/copyright`,
    await copyrightFile(join(root, place), place, new Date(options.epoch * 1000).getUTCFullYear()),
  );
  await put(`${docs}/changelog.gz`, gzipped(Buffer.from(debianChangelog(facts, options.epoch))));
  await put(`${docs}/NEWS.md.gz`, gzipped(await readFile(join(repository, 'CHANGELOG.md'))));
  await put(`${docs}/README.md`, await readFile(join(repository, 'README.md')));
  await cp(join(repository, 'docs', 'guide'), join(root, docs, 'docs', 'guide'), { recursive: true });
  await cp(join(repository, 'docs', 'reference'), join(root, docs, 'docs', 'reference'), { recursive: true });
  await cp(join(repository, 'examples'), join(root, docs, 'examples'), { recursive: true });
  await rm(join(root, docs, 'examples', 'demo'), { recursive: true });
}

async function putControl(root: string, options: DebOptions, put: Put): Promise<void> {
  for (const script of scripts) {
    await put(`/DEBIAN/${script}`, await readFile(join(sources, script)));
    await chmod(join(root, 'DEBIAN', script), 0o755);
  }
  await put('/DEBIAN/conffiles', `${conffiles.join('\n')}\n`);
  const files = await filesBelow(root, ['DEBIAN']);
  await put('/DEBIAN/md5sums', files.map((each) => `${each.md5}  ${each.path}\n`).join(''));
  const installedSize = kilobytes(files);
  const { version, arch } = options;
  await put('/DEBIAN/control', controlFile({ version, arch, maintainer: maintainer(process.env), installedSize }));
}

async function madeFolder(folder: string, name: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  return join(folder, name);
}
