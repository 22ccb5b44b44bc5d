import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { freePort } from '../../test/harness/free-port.ts';

const program = fileURLToPath(new URL('shim.ts', import.meta.url));

/** What comes back for some bytes on a connection of its own, or how it failed. */
function ask(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write('hello'));
    socket.on('data', (bytes) => {
      resolve(bytes.toString());
      socket.destroy();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.on('close', () => resolve('closed'));
  });
}

test('the shim passes bytes on, resets every Nth connection when told so, and passes all on again', async (t) => {
  const target = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
  t.after(() => target.close());
  const { port: targetPort } = target.address() as net.AddressInfo;
  const port = await freePort();
  const shim = spawn(process.execPath, [program, `127.0.0.1:${port}`, `127.0.0.1:${targetPort}`]);
  t.after(() => shim.kill());
  await once(shim.stdout, 'data');
  assert.equal(await ask(port), 'hello');

  const until = async (wanted: readonly string[]): Promise<void> => {
    const seen: string[] = [];
    while (seen.length < 1000 && wanted.some((each, at) => seen.at(at - wanted.length) !== each)) {
      seen.push(await ask(port));
    }
    assert.deepEqual(seen.slice(-wanted.length), wanted);
  };
  shim.stdin.write('reset 3\n');
  await until(['ECONNRESET', 'hello', 'hello', 'ECONNRESET']);
  shim.stdin.write('slow 1\n');
  await until(['hello', 'hello', 'hello', 'hello']);
  shim.stdin.end();
  const [code] = (await once(shim, 'close')) as [number];
  assert.equal(code, 0);
});
