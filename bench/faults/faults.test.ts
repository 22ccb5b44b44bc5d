import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { needing } from '../../test/harness/peers/needing.ts';
import type { LoadResult } from './load.ts';

const program = fileURLToPath(new URL('faults.ts', import.meta.url));

needing('nginx', 'wrk').test(
  'no GET fails while a server is killed, nor while all are restarted in turn',
  async (t) => {
    const json = join(tmpdir(), `postern-faults-${process.pid}.json`);
    t.after(() => rmSync(json, { force: true }));
    const args = ['--only', 'kill,restart', '--proxies', 'postern', '--runs', '1', '--seconds', '2', '--json', json];
    const child = spawn(process.execPath, [program, ...args], { timeout: 240_000 });
    const ended = new Promise((resolve) => void child.once('close', resolve));
    const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
    assert.equal(await ended, 0, `${errors}${output}`);
    const found = JSON.parse(readFileSync(json, 'utf8')) as Record<string, { postern: [LoadResult] }>;
    for (const fault of ['kill', 'restart']) {
      const [{ requests, us: _us, p50: _p50, p99: _p99, max: _max, ...failures }] = found[fault]!.postern;
      assert.ok(requests > 100, `${fault}: ${requests} requests`);
      assert.deepEqual(failures, { connect: 0, read: 0, write: 0, timeout: 0, status: 0 }, fault);
    }
  },
);
