/** What is missing outside the config disables what needs it, and nothing else, until it is there. */
import assert from 'node:assert/strict';
import { rm, rename, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { callAdmin } from '../../src/control/admin/admin-client.ts';
import type { PosternStatus, ReloadResult } from '../../src/control/controlled.ts';
import { issue, makeCa, type Issued } from '../harness/certificates.ts';
import { freePort } from '../harness/free-port.ts';
import { needing } from '../harness/peers/needing.ts';
import { addressOf, origin, run, start, until, type Running } from './command.ts';
import { site } from './site.ts';

const { test } = needing('openssl');

/** `anna`, with the password `secret`, as SHA-1: quick to verify. */
const users = 'anna:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n';

async function ask(base: string, path: string, headers: Record<string, string> = {}): Promise<string> {
  const answer = await fetch(base + path, { headers, redirect: 'manual' });
  const body = await answer.text();
  return `${answer.status} ${/"error":"([\w-]+)"/.exec(body)?.[1] ?? body}`.trim();
}

async function status(cwd: string): Promise<PosternStatus> {
  const answer = await callAdmin(join(cwd, 'ctl.sock'), { method: 'GET', path: '/api/v1/status', timeoutMs: 60_000 });
  return answer.body as PosternStatus;
}

async function metrics(cwd: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  http.get({ socketPath: join(cwd, 'ctl.sock'), path: '/metrics', agent: false }, resolve).on('error', reject);
  return await text(await promise);
}

async function disabled(cwd: string): Promise<string[]> {
  return (await status(cwd)).disabled.map(({ kind, name }) => `${kind} ${name}`);
}

async function comes(wanted: string, look: () => Promise<string>): Promise<void> {
  let last = '';
  await until(
    async () => ((last = await look()) === wanted ? true : undefined),
    () => `${wanted}, but ${last}`,
  );
}

async function certificate(folder: string): Promise<Issued> {
  return await issue(await makeCa(folder), { names: ['localhost'] });
}

/** Puts a whole file in place, as renewals do. */
async function put(cwd: string, name: string, content: string): Promise<void> {
  await writeFile(join(cwd, `${name}.new`), content, { mode: 0o600 });
  await rename(join(cwd, `${name}.new`), join(cwd, name));
}

const common = 'admin: { socket: ctl.sock }\naccessLog: false\nthreads: 1\n';

async function reload(cwd: string): Promise<ReloadResult & { ok: true }> {
  const answer = await callAdmin(join(cwd, 'ctl.sock'), { method: 'POST', path: '/api/v1/reload', timeoutMs: 60_000 });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body as ReloadResult & { ok: true };
}

async function stop({ child, ended }: Running): Promise<void> {
  child.kill('SIGTERM');
  await ended;
}

test('a missing password file closes its route alone, and opens it when it comes, without a reload', async (t) => {
  const to = (await origin(t, 'one')).url;
  const { cwd, write } = site(t, to);
  const yaml = (extra = ''): string => `${common}listeners: { web: { address: "127.0.0.1:0" } }
routes:
  - { name: open, to: "${to}" }
  - name: guarded
    path: /guarded
    to: "${to}"
    middleware: [{ basic-auth: { htpasswd: users } }]
${extra}`;
  write(yaml());
  const checked = await run(t, ['check'], { cwd });
  assert.equal(checked.code, 1);
  assert.match(checked.stdout, /Cannot read the password file "users": there is no such file/);
  assert.match(checked.stdout, /1 route disabled: guarded/);
  const running = start(t, ['run'], { cwd });
  const url = await addressOf(running);
  assert.match(await ask(url, '/'), /^200 /);
  assert.equal(await ask(url, '/guarded/x'), '503 route-disabled');
  assert.deepEqual(await disabled(cwd), ['route guarded']);
  assert.match((await run(t, ['status', '--socket', 'ctl.sock'], { cwd })).stdout, /1 route disabled: guarded/);
  assert.match(await metrics(cwd), /^postern_routes_disabled 1$/m);
  const explained = await run(t, ['explain', 'GET', `http://localhost:${new URL(url).port}/guarded/x`], { cwd });
  assert.match(explained.stdout, /it is disabled: Cannot read the password file "users"/);

  // The config was edited, but nobody has asked for that yet: the repair leaves it alone.
  write(yaml(`  - { name: more, path: /more, to: "${to}", middleware: [{ respond: { status: 410 } }] }\n`));
  await put(cwd, 'users', users);
  await comes('401 unauthorized', () => ask(url, '/guarded/x'));
  const authorization = `Basic ${Buffer.from('anna:secret').toString('base64')}`;
  assert.match(await ask(url, '/guarded/x', { authorization }), /^200 /);
  assert.match(await ask(url, '/more'), /^200 /);
  await comes('', async () => (await disabled(cwd)).join()); // The threads have the plan before main counts on it.
  await running.said(/Works again: the route guarded/);
  assert.equal(running.stderr().match(/Cannot read the password file/g)?.length, 1, 'it was said once');

  await rm(join(cwd, 'users'));
  const answer = await reload(cwd);
  assert.deepEqual(
    answer.disabled.map(({ kind, name, reason }) => `${kind} ${name}: ${reason}`),
    ['route guarded: Cannot read the password file "users": there is no such file'],
  );
  assert.equal(await ask(url, '/guarded/x', { authorization }), '503 route-disabled');
  assert.match(await ask(url, '/more'), /^410/);
  assert.match((await run(t, ['reload', '--socket', 'ctl.sock'], { cwd })).stdout, /1 route disabled: guarded/);
  await stop(running);
});

test('a listener without its certificate stays closed while the others serve, and opens when it comes', async (t) => {
  const to = (await origin(t, 'one')).url;
  const { cwd, write } = site(t, to);
  const port = await freePort();
  write(`${common}listeners:
  web: { address: "127.0.0.1:0" }
  safe: { address: "127.0.0.1:${port}", tls: { certificates: { cert: site.crt, key: site.key } } }
routes: [{ to: "${to}" }]
`);
  const made = await certificate(cwd);
  await put(cwd, 'site.crt', made.cert);
  const running = start(t, ['run'], { cwd });
  const url = await addressOf(running);
  assert.match(await ask(url, '/'), /^200 /);
  assert.deepEqual(await disabled(cwd), ['listener safe']);
  await assert.rejects(fetch(`http://127.0.0.1:${port}/`), 'it must not speak without TLS');
  await put(cwd, 'site.key', made.key);
  await until(
    async () => ((await status(cwd)).listeners.length === 2 ? true : undefined),
    () => running.stderr(),
  );
  await comes('', async () => (await disabled(cwd)).join());
  assert.equal((await status(cwd)).certificates[0]!.fingerprint, made.fingerprint);

  // At a reload, what was in force stays so.
  await rm(join(cwd, 'site.key'));
  const { disabled: parts } = await reload(cwd);
  assert.equal(parts.length, 1);
  assert.match(parts[0]!.reason, /Cannot read the key "site.key": .*what was in force stays so/);
  assert.equal((await status(cwd)).certificates[0]!.fingerprint, made.fingerprint);
  assert.equal((await reload(cwd)).changed, false, 'the same is missing as before');
  await put(cwd, 'site.key', made.key);
  await comes('', async () => (await disabled(cwd)).join());
  await stop(running);
});

test('where nothing at all could serve, the start fails in words', async (t) => {
  const { cwd, write } = site(t, 'http://127.0.0.1:1');
  write(`${common}listeners: { safe: { address: "127.0.0.1:0", tls: { certificates: gone.pem } } }
routes: [{ to: "http://127.0.0.1:1" }]
`);
  const { code, stderr } = await run(t, ['run'], { cwd });
  assert.equal(code, 2);
  assert.match(stderr, /Cannot read the certificate \\"gone.pem\\": there is no such file/);
  assert.equal((await run(t, ['check'], { cwd })).code, 2);
});

test('a name that does not resolve closes its route alone, until it does', async (t) => {
  const to = (await origin(t, 'one')).url;
  const { cwd, write } = site(t, to);
  const dns = await freePort();
  await writeFile(join(cwd, 'hosts'), '');
  write(`${common}dns: { servers: ["127.0.0.1:${dns}"], hostsFile: hosts }
listeners: { web: { address: "127.0.0.1:0" } }
routes:
  - { name: open, to: "${to}" }
  - { name: lost, path: /lost/, to: "http://lost.test:${new URL(to).port}" }
`);
  const running = start(t, ['run'], { cwd });
  const url = await addressOf(running);
  assert.match(await ask(url, '/'), /^200 /);
  await comes('503 dns-failure', () => ask(url, '/lost/'));
  await comes('route lost', async () => (await disabled(cwd)).join());
  await writeFile(join(cwd, 'hosts'), '127.0.0.1 lost.test\n');
  await until(
    async () => ((await ask(url, '/lost/')).startsWith('200 ') ? true : undefined),
    () => running.stderr(),
  );
  await comes('', async () => (await disabled(cwd)).join());
  await stop(running);
});
