import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { readAnswer, valueOf } from '../harness/message.ts';
import { peerTest } from '../harness/peers/peer-test.ts';
import { freePort } from '../harness/free-port.ts';
import { startServer } from '../harness/peers/programs.ts';
import type { Place } from '../harness/plan-of.ts';
import type { World } from '../harness/proxy-test.ts';
import { get } from '../harness/requests.ts';
import { ask, identities, secureProxy } from '../harness/server-tls.ts';

const own = identities();

async function nginx(world: World, lines: string): Promise<Place> {
  const port = await freePort();
  const folder = await world.folder();
  await chmod(folder, 0o755);
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/nginx-${kind};`,
  );
  const config = `
daemon off; master_process off; pid ${folder}/nginx.pid; error_log stderr; events {}
http {
  access_log off; client_max_body_size 20m; ${temp.join(' ')}
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${own.good.chainFile}; ssl_certificate_key ${own.good.keyFile};
    ${lines}
    location / { add_header X-Tls "$ssl_protocol $ssl_session_reused $ssl_client_s_dn"; return 200 "hi"; }
    location /big { root ${folder}; add_header X-Tls "$ssl_protocol"; }
    location /up { root ${folder}; dav_methods PUT; client_body_buffer_size 16k; }
  }
}`;
  const file = path.join(folder, `nginx-${port}.conf`);
  await writeFile(file, config);
  await startServer(world, 'nginx', ['-p', folder, '-c', file], port);
  return { kind: 'tcp', host: '127.0.0.1', port };
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  peerTest(
    `nginx with ${version} alone: requests, a session that goes on, and 10 MB`,
    ['nginx', 'openssl'],
    async (world) => {
      const place = await nginx(world, `ssl_protocols ${version}; ssl_session_cache shared:x:1m;`);
      const big = randomBytes(10_000_000);
      await writeFile(path.join(await world.folder(), 'big'), big);
      const proxy = await secureProxy(world, [place], own.trusting(), { idle: { max: 0 } });
      const seen: (string | undefined)[] = [];
      for (let i = 0; i < 3; i++) {
        const peer = await world.send(proxy, get('/'));
        seen.push(valueOf(await readAnswer(peer), 'x-tls')?.trim());
        peer.destroy();
      }
      assert.deepEqual(seen, [`${version} .`, `${version} r`, `${version} r`]);
      const peer = await world.send(proxy, get('/big'));
      assert.ok((await readAnswer(peer)).body.equals(big));
    },
  );
}

peerTest('nginx that lets nobody in without a certificate', ['nginx', 'openssl'], async (world) => {
  const place = await nginx(world, `ssl_verify_client on; ssl_client_certificate ${own.ca.certFile};`);
  const without = await secureProxy(world, [place], own.trusting());
  assert.equal((await ask(world, without)).status, 400);
  const proxy = await secureProxy(
    world,
    [place],
    own.trusting({ certificate: { kind: 'pem', chain: own.client.chain, key: own.client.key } }),
  );
  const peer = await world.send(proxy, get('/'));
  assert.match(valueOf(await readAnswer(peer), 'x-tls')!, /CN=client$/);
});

async function opensslServer(world: World, ...args: string[]): Promise<Place> {
  const port = await freePort();
  const identity = ['-cert', own.good.certFile, '-key', own.good.keyFile];
  await startServer(world, 'openssl', ['s_server', '-accept', `127.0.0.1:${port}`, ...identity, '-www', ...args], port);
  return { kind: 'tcp', host: '127.0.0.1', port };
}

peerTest(
  'openssl s_server: an old version where it is allowed, and words where a certificate is missing',
  ['openssl'],
  async (world) => {
    const old = await opensslServer(world, '-tls1_1', '-cipher', 'DEFAULT:@SECLEVEL=0');
    const strict = await secureProxy(world, [old], own.trusting());
    assert.equal((await ask(world, strict)).status, 502);
    assert.match(strict.messages.join('\n'), /no common version/);
    const lax = await secureProxy(world, [old], own.trusting({ minVersion: 'TLSv1.1' }));
    const { status, text } = await ask(world, lax);
    assert.equal(status, 200);
    assert.match(text, /TLSv1\.1/);
    const asking = await opensslServer(world, '-Verify', '1', '-CAfile', own.ca.certFile, '-tls1_2');
    const bare = await secureProxy(world, [asking], own.trusting());
    assert.equal((await ask(world, bare)).status, 502);
    assert.match(bare.messages.join('\n'), /certificate of the client/);
  },
);
