/** From one address of the machine to all of them, and back, by reloads: parts of the new address are still ours then. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { callAdmin } from '../../src/control/admin/admin-client.ts';
import { freePort } from '../harness/free-port.ts';
import { askHttp } from '../harness/ask.ts';
import { addressOf, origin, start } from './command.ts';
import { site } from './site.ts';

const reload = { method: 'POST', path: '/api/v1/reload', timeoutMs: 20_000 } as const;

test('a listener goes from one address to all of the machine, to each family by itself, and back', async (t) => {
  const server = await origin(t, 'one');
  const port = await freePort();
  const at = (...addresses: readonly string[]): string =>
    `admin: { socket: ctl.sock }\nthreads: 2\nlisteners:\n${addresses.map((each, i) => `  l${i}: { address: "${each}" }\n`).join('')}` +
    `routes: [{ to: "${server.url}" }]\n`;
  const { cwd, write } = site(t, server.url);
  write(at(`127.0.0.1:${port}`));
  await addressOf(start(t, ['run'], { cwd }));
  const steps: readonly (readonly string[])[] = [
    [`:${port}`],
    [`127.0.0.1:${port}`, `[::1]:${port}`],
    [`0.0.0.0:${port}`, `[::]:${port}`],
    [`[::]:${port}`, `127.0.0.1:${port}`],
    [`:${port}`],
  ];
  for (const addresses of steps) {
    write(at(...addresses));
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const { status, body } = await callAdmin(join(cwd, 'ctl.sock'), reload);
    assert.equal(status, 200, `${addresses.join()}: ${JSON.stringify(body)}`);
    for (const host of ['127.0.0.1', '::1']) {
      for (let i = 0; i < 5; i++) {
        // oxlint-disable-next-line no-await-in-loop
        const { body: text } = await askHttp(port, { host, path: '/x' });
        assert.equal(text.toString(), 'one /x', `${host} at ${addresses.join()}`);
      }
    }
  }
});
