/** Memory that runs short: of the process, and of its data thread alone. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import path from 'node:path';
import { test, type TestContext } from 'node:test';

import { folderFor, origin } from '../cli/command.ts';
import { answers, assertSound, countSaid, holds, memoryOf, Sockets, startChild } from './proxy-child.ts';

const megabyte = 1_048_576;
const twoMegabytes = Buffer.alloc(2 * megabyte, 0x61);

/** A server that takes connections and reads nothing. */
async function deafServer(t: TestContext): Promise<string> {
  const sockets: Socket[] = [];
  const server = createServer({ pauseOnConnect: true }, (socket) => void sockets.push(socket.on('error', () => {})));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on TCP
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Clients that send more than anybody takes. */
function pour(hogs: Sockets, port: number, head: string): void {
  const before = hogs.all.length;
  hogs.open(port, 25, head);
  for (const socket of hogs.all.slice(before)) socket.write(twoMegabytes);
}

/** Lets every thread of the process take this for the limit of its container. */
function withMemory(bytes: number): readonly string[] {
  return ['--import', `data:text/javascript,process.constrainedMemory=()=>${Math.floor(bytes)}`];
}

test('where memory runs short connections are refused with a reason, before all is lost, and let in again', async (t) => {
  const [fine, deaf] = [await origin(t, 'one'), await deafServer(t)];
  const yaml = `listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ to: "${fine.url}" }, { path: /deaf, to: "${deaf}" }]
accessLog: { file: access.log }
`;
  const calm = await startChild(t, yaml);
  await answers(`${calm.url}/warm`, 200);
  const limit = (memoryOf(calm.pid) + 6 * megabyte) / 0.85;
  calm.running.child.kill('SIGKILL');

  const child = await startChild(t, yaml, { nodeArgs: withMemory(limit) });
  const { running, url, port } = child;
  await answers(`${url}/warm`, 200);
  // Each of these holds what its server does not take, as much as the proxy lets it.
  const head = 'POST /deaf HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n';
  const hogs = new Sockets(t);
  await holds('refusals', () => {
    if (hogs.all.length < 1500) pour(hogs, port, head);
    return countSaid(running, 'overloaded') > 0;
  });
  await running.said(/Memory is short: no more than \d+ connections are let in/);
  const held = hogs.all.length - hogs.ended;
  assert.ok(held > 50, `${held} are in`);
  assert.equal(running.child.exitCode, null);

  hogs.close();
  await assertSound(child);
});

/** In data threads: objects that stay, once the file is there. Not in main, not in the thread that reads configs. */
function hungryOnce(file: string): readonly string[] {
  const code = `
    import { isMainThread, threadId } from 'node:worker_threads';
    import { existsSync, rmSync } from 'node:fs';
    if (!isMainThread) {
      const kept = [];
      const look = setInterval(() => {
        if (!existsSync(${JSON.stringify(file)})) return;
        rmSync(${JSON.stringify(file)});
        clearInterval(look);
        for (;;) kept.push(new Array(10_000).fill(threadId + kept.length / 3));
      }, 20);
      look.unref();
    }`;
  return ['--max-old-space-size=64', '--import', `data:text/javascript,${encodeURIComponent(code)}`];
}

test('a data thread that comes to the end of its heap is replaced, and the process lives', async (t) => {
  const fine = await origin(t, 'one');
  const yaml = `listeners: { web: { address: "127.0.0.1:0" } }\nroutes: [{ to: "${fine.url}" }]\naccessLog: { file: access.log }\n`;
  const folder = folderFor(t);
  const sign = path.join(folder, 'eat');
  const child = await startChild(t, yaml, { nodeArgs: hungryOnce(sign) });
  await answers(`${child.url}/before`, 200);
  writeFileSync(sign, '');
  await child.running.said(/The data thread is lost: .*memory/);
  await child.running.said(/Another data thread is running/);
  await answers(`${child.url}/after`, 200);
  assert.equal(child.running.child.exitCode, null);
});
