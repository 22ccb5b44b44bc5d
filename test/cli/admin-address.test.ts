import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';

import { freePort } from '../harness/free-port.ts';
import { addressOf, origin, run, start, until } from './command.ts';
import { site, textOf } from './site.ts';

test('where the address of the admin API is taken, traffic goes on, and the API is there once it is free', async (t) => {
  const one = await origin(t, 'one');
  const port = await freePort();
  const other = createServer().listen(port, '127.0.0.1');
  t.after(() => void other.close());
  await once(other, 'listening');
  const { cwd } = site(t, one.url, `admin: { socket: ctl.sock, listen: "127.0.0.1:${port}" }\n`);
  const running = start(t, ['run'], { cwd });
  const url = await addressOf(running);
  await running.said(/Cannot listen on 127\.0\.0\.1:\d+ for the admin API: .*EADDRINUSE.*; trying again every 2 s/);
  assert.equal(await textOf(`${url}/a`), 'one /a');
  assert.equal((await run(t, ['status'], { cwd })).code, 0, 'the control socket is there');
  other.close();
  await running.said(/The admin API listens on 127\.0\.0\.1:\d+ now/);
  await until(
    async () => (await fetch(`http://127.0.0.1:${port}/-/ready`)).status === 200 || undefined,
    () => 'that it is ready',
  );
  assert.equal(running.stderr().match(/for the admin API/g)?.length, 1, 'it was said once');
});
