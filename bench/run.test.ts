import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { missingForAll } from './facts.ts';
import { readOptions } from './options.ts';

const args = ['--quick', '--only', 'small,h2', '--proxies', 'postern,nginx'];
const missing = missingForAll(readOptions(args));
/** With CI=true what is missing makes the test fail. */
const skip = missing !== undefined && process.env['CI'] !== 'true' ? missing : false;

test(
  'the benchmark measures Postern and nginx over HTTP/1 and HTTP/2, if only for a second each',
  { skip, timeout: 240_000 },
  async (t) => {
    const child = spawn(process.execPath, [fileURLToPath(new URL('run.ts', import.meta.url)), ...args]);
    t.after(() => child.kill('SIGTERM'));
    const ended = new Promise((resolve) => void child.once('close', resolve));
    const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
    assert.equal(await ended, 0, `${errors}${output}`);
    // A time of CPU each, over a round that counts, and their ratio.
    for (const line of [
      /^postern +\d[\d.]* .* 1\/1$/gm,
      /^nginx +\d[\d.]* .* 1\/1$/gm,
      /^postern \/ nginx +\d[\d.]* /gm,
    ])
      assert.equal(output.match(line)?.length, 2, `${String(line)}: ${output}`);
  },
);
