/** A Debian in a folder, made of the packages that this machine has: to install into, and to throw away. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface DebianRoot {
  readonly path: string;
  /** Runs a program in it. @returns what it wrote; fails where it ends with an error. */
  run(program: string, ...args: readonly string[]): string;
  /** All that is there: files with their content's length, links with their target. */
  files(): ReadonlySet<string>;
  remove(): void;
}

/** Where the folders of the top lead to, where /usr is merged. */
const merged = ['bin', 'sbin', 'lib', 'lib64'];

/**
 * The essential packages of Debian and those that `wanted` need, and nothing else: what a package forgot to depend on is
 * not there.
 */
export function debianRoot(wanted: readonly string[]): DebianRoot {
  const path = mkdtempSync(join(tmpdir(), 'postern-root-'));
  // The services in it are other users.
  chmodSync(path, 0o755);
  const names = packagesFor(wanted);
  for (const folder of [
    'usr/bin',
    'usr/sbin',
    'usr/lib',
    'usr/lib64',
    'dev',
    'proc',
    'tmp',
    'run',
    'var/lib/dpkg/info',
    'var/lib/dpkg/updates',
    'var/log',
    'root',
  ]) {
    mkdirSync(join(path, folder), { recursive: true });
  }
  for (const name of merged) symlinkSync(`usr/${name}`, join(path, name));
  execFileSync('mknod', ['-m', '666', join(path, 'dev/null'), 'c', '1', '3']);
  execFileSync('mknod', ['-m', '444', join(path, 'dev/urandom'), 'c', '1', '9']);
  copyPackages(path, names);
  knowPackages(path, names);
  addUsers(path);
  const run = (program: string, ...args: readonly string[]): string =>
    execFileSync('chroot', [path, program, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: rootEnvironment,
    });
  return { path, run, files: () => listing(path), remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** What programs in it get. */
export const rootEnvironment: Readonly<Record<string, string>> = {
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  DEBIAN_FRONTEND: 'noninteractive',
};

interface Package {
  readonly id: string;
  readonly needs: readonly string[];
}

function packagesFor(wanted: readonly string[]): ReadonlySet<string> {
  const known = new Map<string, Package>();
  const chosen = new Set<string>();
  const queue = [...wanted];
  const format = '${binary:Package}\t${Essential}\t${Pre-Depends},${Depends}\t${Provides}\t${db:Status-Status}\n';
  for (const line of execFileSync('dpkg-query', ['-W', '-f', format], { encoding: 'utf8' }).trim().split('\n')) {
    const [id, essential, needs, provides, status] = line.split('\t');
    if (status !== 'installed') continue;
    const entry = { id: id!, needs: needs!.split(',') };
    const name = nameOf(id!);
    known.set(name, entry);
    for (const each of provides!.split(',')) if (!known.has(nameOf(each))) known.set(nameOf(each), entry);
    if (essential === 'yes') queue.push(name);
  }
  for (let need = queue.pop(); need !== undefined; need = queue.pop()) {
    const found = need
      .split('|')
      .map((each) => known.get(nameOf(each)))
      .find((each) => each !== undefined);
    if (found === undefined || chosen.has(found.id)) continue;
    chosen.add(found.id);
    queue.push(...found.needs);
  }
  return chosen;
}

/** Without version and processor. */
function nameOf(need: string): string {
  return /^\s*([^\s(:]*)/.exec(need)![1]!;
}

function copyPackages(root: string, names: ReadonlySet<string>): void {
  const listed = execFileSync('dpkg-query', ['-L', ...names], { encoding: 'utf8', maxBuffer: 64e6 }).split('\n');
  const wanted = listed.filter((each) => each.startsWith('/') && !/^\/usr\/share\/(doc|man|locale|info)\//.test(each));
  const present = [...new Set(wanted)].filter((each) => each !== '/.' && existsSync(each));
  const archive = execFileSync('tar', ['--no-recursion', '-cf', '-', '-C', '/', '-T', '-'], {
    input: present.map((each) => `.${each}`).join('\n'),
    maxBuffer: 1e9,
  });
  execFileSync('tar', ['--keep-directory-symlink', '-xpf', '-', '-C', root], { input: archive });
  // What their own scripts would have made.
  for (const path of ['/etc/pam.d', '/etc/alternatives'])
    cpSync(path, join(root, path), { recursive: true, verbatimSymlinks: true });
}

function knowPackages(root: string, names: ReadonlySet<string>): void {
  const bare = new Set([...names].map(nameOf));
  const status = readFileSync('/var/lib/dpkg/status', 'utf8').split('\n\n');
  const kept = status.filter((each) => bare.has(/^Package: (\S+)/m.exec(each)?.[1] ?? ''));
  writeFileSync(join(root, 'var/lib/dpkg/status'), `${kept.join('\n\n')}\n\n`);
  for (const file of readdirSync('/var/lib/dpkg/info')) {
    const name = file.slice(0, file.lastIndexOf('.'));
    if (bare.has(nameOf(name))) copyFileSync(join('/var/lib/dpkg/info', file), join(root, 'var/lib/dpkg/info', file));
  }
}

function addUsers(root: string): void {
  for (const name of ['passwd', 'group']) {
    copyFileSync(join(root, 'usr/share/base-passwd', `${name}.master`), join(root, 'etc', name));
  }
}

function listing(root: string): ReadonlySet<string> {
  const text = execFileSync('find', [root, '-printf', '%P %y %l\n'], { encoding: 'utf8', maxBuffer: 64e6 });
  const lines = text.split('\n');
  assert.ok(lines.length > 1000, 'the root has files');
  return new Set(lines);
}
