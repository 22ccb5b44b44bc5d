/** The package as its users get it: packed, installed in an empty folder, imported from JavaScript and TypeScript. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const root = resolve(import.meta.dirname, '../..');
const exec = promisify(execFile);

/** What goes into the package, and what it is built with. */
const sources = ['src', 'bin', 'docs/reference', 'examples', 'LICENSE', 'README.md', 'CHANGELOG.md', 'package.json'];
const tools = ['tsconfig.json', 'tsconfig.build.json'];

const program = `
import { createProxy, defineConfig } from 'postern';
import http from 'node:http';

const server = http.createServer((request, response) => response.end('hello ' + request.url));
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const to = 'http://127.0.0.1:' + server.address().port;
const middleware = [{ module: './plain.mjs' }, { module: { file: './typed.ts', options: { stamp: 'typed' } } }];
const config = defineConfig({ listeners: { web: { address: '127.0.0.1:0' } }, accessLog: false, routes: [{ to, middleware }] });
for (const threads of [0, 2]) {
  const proxy = createProxy(config, { threads });
  const [web] = await proxy.start();
  const response = await fetch('http://' + web.address + '/x', { headers: { connection: 'close' } });
  console.log(threads, await response.text(), response.headers.get('x-by'), (await proxy.status()).threads.length);
  await proxy.close();
}
server.closeAllConnections();
server.close();
`;

/** Middleware of its users', which imports the package by its name. */
const plain = `
import { defineMiddleware } from 'postern';
export default defineMiddleware(async (exchange, next) => {
  const response = await next();
  response.headers.append('X-By', 'plain');
  return response;
});
`;

const typed = `
import { defineMiddleware, type UserExchange } from 'postern';
export default defineMiddleware({
  create({ stamp }, { log, signal }) {
    signal.addEventListener('abort', () => log.debug('over'));
    return async (exchange: UserExchange, next) => {
      const text: string = exchange.method === 'POST' ? await exchange.text({ limit: 10 }) : '';
      if (text !== '') return Response.json({ text }, { status: 201 });
      const response = await next();
      response.headers.append('X-By', String(stamp));
      // @ts-expect-error -- no such member
      response.nonsense;
      return response;
    };
  },
});
`;

/** False: there is no registry, and a developer may go on without this test. */
async function installed(cwd: string, file: string): Promise<boolean> {
  const options = ['--silent', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  try {
    await exec('npm', ['install', ...options, file], { cwd });
    return true;
  } catch (error) {
    if (process.env['CI'] === 'true') throw error;
    return false;
  }
}

test(
  'the packed package works in an empty folder, also with threads, and its types are right',
  { timeout: 300_000 },
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'postern-packed-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const [build, app] = [join(folder, 'build'), join(folder, 'app')];
    for (const each of [build, app]) mkdirSync(each);
    for (const name of [...sources, ...tools]) cpSync(join(root, name), join(build, name), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(build, 'node_modules'));
    const tsc = join(root, 'node_modules/ts7/bin/tsc');
    await exec(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: build });
    const { stdout: packed } = await exec('npm', ['pack', '--silent', '--ignore-scripts'], { cwd: build });
    writeFileSync(join(app, 'package.json'), '{ "type": "module" }');
    if (!(await installed(app, join(build, packed.trim()))))
      return t.skip('the packages that it needs cannot be had here');

    writeFileSync(join(app, 'app.mjs'), program);
    writeFileSync(join(app, 'plain.mjs'), plain);
    writeFileSync(join(app, 'typed.ts'), typed);
    const { stdout } = await exec(process.execPath, ['app.mjs'], { cwd: app });
    assert.equal(stdout, '0 hello /x typed, plain 1\n2 hello /x typed, plain 2\n');

    const types = `import { createProxy, type Proxy } from 'postern';
    export const proxy: Proxy = createProxy({ listeners: { web: { address: ':80' } }, routes: [{ to: 'http://127.0.0.1:1' }] });
    createProxy({
      listeners: { web: { address: ':80' } },
      routes: [{ to: 'http://127.0.0.1:1', middleware: [async (exchange, next) => (exchange.user === '' ? { status: 403 } : await next())] }],
    });
    // @ts-expect-error -- misspelt
    createProxy({ listners: {}, routes: [] });`;
    writeFileSync(join(app, 'app.mts'), types);
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--skipLibCheck', 'false', '--types', 'node'];
    const roots = ['--typeRoots', join(root, 'node_modules/@types')];
    await exec(process.execPath, [tsc, ...options, ...roots, 'app.mts', 'typed.ts'], { cwd: app });
  },
);
