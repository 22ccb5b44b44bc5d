/** `npm start`: two small web servers, and Postern in front of them with the config beside this file. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { createWebServer } from './web-server.ts';

const config = fileURLToPath(new URL('./postern.yaml', import.meta.url));
const command = fileURLToPath(new URL('../../bin/postern.js', import.meta.url));

/** The ports of the config: what clients open, and where its two servers are. */
const ports = { proxy: 8080, one: 8081, two: 8082 };

const one = await listen(createWebServer('one'), ports.one);
const two = await listen(createWebServer('two'), ports.two);
const proxy = await freePort(ports.proxy);
const folder = mkdtempSync(join(tmpdir(), 'postern-demo-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const postern = spawn(process.execPath, [command, 'run', configWith({ proxy, one, two })], {
  stdio: 'inherit',
  // A control socket of its own, so that the demo meets no other Postern.
  env: { ...process.env, RUNTIME_DIRECTORY: folder },
});
// Postern ends when its requests have ended, and then this ends with it. Ctrl-C reaches both: Postern takes it once.
process.on('SIGINT', () => postern.kill('SIGINT'));
for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => postern.kill('SIGTERM'));
postern.on('exit', (code) => process.exit(code ?? 1));

console.log(`
Postern stands in front of two small web servers. Open

  http://127.0.0.1:${proxy}/        shared by both: load it again and the other one answers
  http://127.0.0.1:${proxy}/one/    the first one only
  http://127.0.0.1:${proxy}/two/    the second one only

or try    curl -i http://127.0.0.1:${proxy}/
The config is ${config}
Each request gives a line of the access log below. Ctrl-C ends everything.
`);

/** The port that it listens on: the one that was asked for, or a free one. */
async function listen(server: Server, port: number): Promise<number> {
  const free = await freePort(port);
  server.listen(free, '127.0.0.1');
  await once(server, 'listening');
  return free;
}

async function freePort(port: number): Promise<number> {
  const probe = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  probe.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE' || port === 0) return reject(error);
    console.log(`Port ${port} is in use: taking another one`);
    resolve(freePort(0));
  });
  probe.listen(port, '127.0.0.1', () => {
    const found = (probe.address() as AddressInfo).port;
    probe.close(() => resolve(found));
  });
  return await promise;
}

/** The config as it is, or a copy of it with the ports that were free. */
function configWith(found: typeof ports): string {
  if (found.proxy === ports.proxy && found.one === ports.one && found.two === ports.two) return config;
  const text = readFileSync(config, 'utf8')
    .replaceAll(`:${ports.proxy}`, `:${found.proxy}`)
    .replaceAll(`:${ports.one}`, `:${found.one}`)
    .replaceAll(`:${ports.two}`, `:${found.two}`);
  const copy = join(folder, 'postern.yaml');
  writeFileSync(copy, text);
  return copy;
}
