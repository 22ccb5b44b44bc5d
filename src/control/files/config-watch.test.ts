import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { until } from '../../../test/harness/until.ts';
import { systemClock } from '../../core/clock.ts';
import { ConfigWatch } from './config-watch.ts';

void test('a change of the config, of a file that it names, or a new file of a folder is a reload, where it is asked for', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'postern-watch-'));
  const [file, secret, included] = ['postern.yaml', 'token', 'conf.d/a.yaml'].map((name) => path.join(folder, name));
  let reloads = 0;
  const reload = async (): Promise<void> => void reloads++;
  const times = { quietMs: 10, atMostEveryMs: 20, pollMs: 50 };
  const watch = new ConfigWatch({ file: file!, clock: systemClock, reload, times });
  try {
    await mkdir(path.join(folder, 'conf.d'));
    for (const each of [file!, secret!, included!]) await writeFile(each, 'a');
    watch.follow({ watch: true, secretFiles: [secret!], files: [included!] });
    await until('the first look, which finds them new', () => reloads > 0);
    for (const each of [file!, secret!, included!, path.join(folder, 'conf.d/b.yaml')]) {
      const before = reloads;
      await writeFile(each, 'changed');
      await until(`a reload after ${each}`, () => reloads > before);
    }
    watch.follow({ watch: false, secretFiles: [], files: [] });
    await new Promise((resolve) => void setTimeout(resolve, 100));
    const before = reloads;
    await writeFile(file!, 'again');
    await new Promise((resolve) => void setTimeout(resolve, 150));
    assert.equal(reloads, before);
  } finally {
    watch.stop();
    await rm(folder, { recursive: true });
  }
});
