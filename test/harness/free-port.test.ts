import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { freePort } from './free-port.ts';

test('many processes at once get ports of their own', async () => {
  const file = new URL('free-port.ts', import.meta.url).href;
  const code = `const { freePort } = await import('${file}');
    const ports = await Promise.all(Array.from({ length: 200 }, freePort));
    console.log(ports.join());
    await new Promise((resolve) => process.stdin.once('end', resolve).resume());`;
  const children = Array.from({ length: 3 }, () => {
    const child = promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], { timeout: 60_000 });
    return { child, said: new Promise<void>((resolve) => void child.child.stdout!.once('data', () => resolve())) };
  });
  const own = await Promise.all(Array.from({ length: 200 }, freePort));
  await Promise.all(children.map(async ({ said }) => await said));
  for (const { child } of children) child.child.stdin!.end();
  const theirs = await Promise.all(
    children.map(async ({ child }) => (await child).stdout.trim().split(',').map(Number)),
  );
  assert.equal(new Set([...own, ...theirs.flat()]).size, 800);
});
