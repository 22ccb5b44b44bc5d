import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { folderFor, isOpen, until } from './command.ts';

const demo = fileURLToPath(new URL('../../examples/demo/start.ts', import.meta.url));

test('the demo serves what it says, whatever ports are in use, and SIGTERM ends all of it', async (t) => {
  const child = spawn(process.execPath, [demo], { cwd: folderFor(t), stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const url = await until(
    () => /curl -i (http:\S+)\s/.exec(text)?.[1],
    () => `the URL in ${text}`,
  );
  await until(
    () => (text.includes('Listening on') ? true : undefined),
    () => `the listener in ${text}`,
  );

  const titles = new Set<string | undefined>();
  for (let i = 0; i < 4; i++) titles.add(/<h1>(.*)<\/h1>/.exec(await (await fetch(url)).text())?.[1]);
  assert.deepEqual([...titles].map(String).toSorted(), ['Server one', 'Server two']);
  assert.match(await (await fetch(`${url}one/x?<b>`)).text(), /<h1>Server one<\/h1>[^]*GET \/x\?/);
  assert.match(await (await fetch(`${url}two/`)).text(), /<h1>Server two<\/h1>/);

  child.kill('SIGTERM');
  const [code] = (await once(child, 'close')) as [number];
  assert.equal(code, 0, text);
  assert.equal(await isOpen(Number(new URL(url).port)), false);
});
