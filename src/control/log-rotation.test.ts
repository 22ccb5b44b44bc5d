import assert from 'node:assert/strict';
import {
  appendFile,
  mkdtemp,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { RotationPlan } from '../proxy/index.ts';
import { LogRotation } from './log-rotation.ts';

interface World {
  readonly folder: string;
  readonly path: string;
  readonly clock: { date: () => number; now: () => number; ms: number };
  readonly warnings: string[];
  reopened: number;
  /** Takes the part of the data threads. */
  reopen: () => Promise<void>;
  rotation(rotate: Partial<RotationPlan>): LogRotation;
  files(): Promise<string[]>;
}

/** Begins at the same time in every time zone. */
const quarter = 900_000;

async function world(t: TestContext): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'rotation-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'access.log');
  const clock = { ms: Date.UTC(2026, 10, 21, 9, 30, 21), date: (): number => clock.ms, now: (): number => clock.ms };
  const warnings: string[] = [];
  const quiet = (): void => undefined;
  const log = { debug: quiet, info: quiet, error: quiet, warn: (message: string): void => void warnings.push(message) };
  const made: World = {
    ...{ folder, path, clock, warnings, reopened: 0 },
    reopen: () => appendFile(path, ''),
    rotation: (rotate) =>
      new LogRotation(
        {
          format: 'json',
          to: { kind: 'file', path },
          mask: [],
          rotate: { maxBytes: 0, everyMs: 0, keep: 10, ...rotate },
        },
        { clock, log, reopen: () => ((made.reopened += 1), made.reopen()) },
      ),
    files: async () => (await readdir(folder)).toSorted(),
  };
  return made;
}

test('a file past its size is renamed with the time, and opened anew', async (t) => {
  const w = await world(t);
  const rotation = w.rotation({ maxBytes: 4 });
  await writeFile(w.path, '1234');
  await rotation.check();
  assert.deepEqual(await w.files(), ['access.log']);
  await appendFile(w.path, '5');
  await rotation.check();
  assert.deepEqual(await w.files(), ['access.log', 'access.log-20261121-093021']);
  assert.equal(await readFile(`${w.path}-20261121-093021`, 'utf8'), '12345');
  assert.equal(w.reopened, 1);
});

test('a file is rotated when its period is over, also if that was while nothing ran', async (t) => {
  const w = await world(t);
  await writeFile(w.path, 'a');
  await utimes(w.path, w.clock.ms / 1000, w.clock.ms / 1000);
  const rotation = w.rotation({ everyMs: quarter });
  await rotation.check();
  w.clock.ms += quarter - 25_000; // 09:44:56
  await rotation.check();
  assert.equal(w.reopened, 0);
  w.clock.ms += 5000;
  await rotation.check();
  await rotation.check();
  assert.deepEqual(await w.files(), ['access.log', 'access.log-20261121-094501']);
  assert.equal(w.reopened, 1);

  await writeFile(w.path, 'b');
  await utimes(w.path, w.clock.ms / 1000, w.clock.ms / 1000);
  w.clock.ms += 2 * quarter;
  await w.rotation({ everyMs: quarter }).check();
  assert.equal((await w.files()).at(-1), 'access.log-20261121-101501');
});

test('an empty file is not rotated', async (t) => {
  const w = await world(t);
  await writeFile(w.path, '');
  const rotation = w.rotation({ everyMs: quarter, maxBytes: 1 });
  await rotation.check();
  w.clock.ms += quarter;
  await rotation.check();
  await rotation.rotateNow();
  assert.deepEqual(await w.files(), ['access.log']);
});

test('names are unique within a second, and the oldest are deleted in their order', async (t) => {
  const w = await world(t);
  const rotation = w.rotation({ keep: 11 });
  for (let i = 1; i <= 13; i++) {
    await appendFile(w.path, `${i}`);
    await rotation.rotateNow();
  }
  const files = await w.files();
  const numbers = [10, 11, 12, 13, 3, 4, 5, 6, 7, 8, 9];
  assert.deepEqual(files, ['access.log', ...numbers.map((number) => `access.log-20261121-093021-${number}`)]);
  assert.equal(await readFile(`${w.path}-20261121-093021-13`, 'utf8'), '13');
});

test('only files of its own pattern are deleted', async (t) => {
  const w = await world(t);
  const foreign = [
    'access.log-20200101-000000.bak',
    'access.log-2020',
    'access.log-x-20200101-000000',
    'other.log-20200101-000000',
    'access.log.1',
  ];
  for (const name of foreign) await writeFile(join(w.folder, name), '');
  await mkdir(join(w.folder, 'access.log-20200101-000001'));
  for (const name of ['access.log-20200101-000000', 'access.log-20200101-000002.gz'])
    await writeFile(join(w.folder, name), '');
  await writeFile(w.path, 'a');
  await w.rotation({ keep: 1 }).rotateNow();
  assert.deepEqual(
    await w.files(),
    [...foreign, 'access.log', 'access.log-20200101-000001', 'access.log-20261121-093021'].toSorted(),
  );
  assert.deepEqual(w.warnings, []);
});

test('with the clock set back the new file is kept', async (t) => {
  const w = await world(t);
  await writeFile(join(w.folder, 'access.log-20300101-000000'), '');
  await writeFile(w.path, 'a');
  await w.rotation({ keep: 1 }).rotateNow();
  assert.ok((await w.files()).includes('access.log-20261121-093021'));
});

test('a missing file is told of once and opened anew; with its folder gone nothing breaks', async (t) => {
  const w = await world(t);
  const rotation = w.rotation({ maxBytes: 1 });
  await rotation.check();
  assert.deepEqual(await w.files(), ['access.log']);
  assert.equal(w.warnings.length, 1);
  await rm(w.folder, { recursive: true });
  for (let i = 0; i < 3; i++) await rotation.check();
  await rotation.rotateNow();
  assert.equal(w.warnings.length, 3, w.warnings.join('\n'));
  await mkdir(w.folder);
  await rotation.check();
  await appendFile(w.path, 'ab');
  await rotation.check();
  assert.equal((await w.files()).length, 2);
});

test('a rotation by time that could not be done is tried again', async (t) => {
  const w = await world(t);
  const rotation = w.rotation({ everyMs: quarter });
  await writeFile(w.path, 'a');
  await utimes(w.path, 0, 0);
  await mkdir(join(w.folder, 'real'));
  await rename(w.path, join(w.folder, 'real', 'log'));
  // With the time behind it the name would be longer than the 255 bytes that file systems take.
  const long = join(w.folder, 'real', 'l'.repeat(250));
  await rename(join(w.folder, 'real', 'log'), long);
  await symlink(long, w.path);
  await rotation.check();
  assert.match(w.warnings.join(), /Cannot rotate .*ENAMETOOLONG/);
  await rm(w.path);
  await rename(long, w.path);
  await rotation.check();
  assert.deepEqual(await w.files(), ['access.log', 'access.log-20261121-093021', 'real']);
});

test('a rotation whose reopening fails is a warning, and checks go on', async (t) => {
  const w = await world(t);
  const rotation = w.rotation({ maxBytes: 1 });
  await writeFile(w.path, 'ab');
  w.reopen = (): Promise<void> => Promise.reject(new Error('no thread answers'));
  await rotation.check();
  assert.match(w.warnings.join(), /Cannot rotate .*no thread answers/);
  w.reopen = (): Promise<void> => appendFile(w.path, 'cd');
  await rotation.check();
  await rotation.check();
  assert.equal((await w.files()).length, 3);
});

test('rotations do not overlap, and each calls for a reopening of its own', async (t) => {
  const w = await world(t);
  const rotation = w.rotation({});
  let inside = 0;
  w.reopen = async (): Promise<void> => {
    inside += 1;
    await appendFile(w.path, 'next');
    assert.equal(inside, 1);
    inside -= 1;
  };
  await writeFile(w.path, 'a');
  await Promise.all([rotation.rotateNow(), rotation.rotateNow(), rotation.check(), rotation.rotateNow()]);
  assert.equal(w.reopened, 3);
  assert.equal((await w.files()).length, 4);
  assert.deepEqual(w.warnings, []);
});

test('what is not a regular file is left alone, and a link keeps leading to the log', async (t) => {
  const w = await world(t);
  await symlink('/dev/null', w.path);
  await w.rotation({ maxBytes: 1 }).rotateNow();
  assert.deepEqual(await w.files(), ['access.log']);
  await rm(w.path);
  await writeFile(join(w.folder, 'real.log'), 'ab');
  await symlink(join(w.folder, 'real.log'), w.path);
  await w.rotation({ maxBytes: 1 }).check();
  assert.deepEqual(await w.files(), ['access.log', 'real.log', 'real.log-20261121-093021']);
});

test('start() checks at once, and nothing runs without a plan for it or after stop()', async (t) => {
  const w = await world(t);
  await writeFile(w.path, 'ab');
  const rotation = w.rotation({ maxBytes: 1 });
  rotation.start();
  rotation.start();
  await rotation.check();
  rotation.stop();
  assert.equal(w.reopened, 1);
  const { reopen } = w;
  const never = new LogRotation(
    { format: 'json', to: { kind: 'stdout' }, mask: [], rotate: { maxBytes: 1, everyMs: 0, keep: 1 } },
    { clock: w.clock, reopen, log: { debug: assert.fail, info: assert.fail, warn: assert.fail, error: assert.fail } },
  );
  never.start();
  await never.check();
  await never.rotateNow();
});
