/** Applications that know nothing of the proxy, under a prefix and under a name of their own, and their users' programs. */
import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

import type { TranslatePlan } from '../../src/proxy/index.ts';
import { issue, makeCa, tlsPlan } from '../harness/certificates.ts';
import { peerTest } from '../harness/peers/peer-test.ts';
import { freePort } from '../harness/free-port.ts';
import { run, startServer } from '../harness/peers/programs.ts';
import type { Place, RouteSpec } from '../harness/plan-of.ts';
import type { World } from '../harness/proxy-test.ts';

const translate: TranslatePlan = { locations: true, cookies: true, names: [], blockNtlm: false, blockNegotiate: false };

/** A route with a prefix that the server does not have. */
function mapped(spec: RouteSpec = {}): RouteSpec {
  return { path: '/app/', replacePrefix: '/', ...spec, more: { translate, ...spec.more } };
}

/** What curl wrote, and where it was in the end. */
async function curl(
  ...args: string[]
): Promise<{ readonly body: string; readonly url: string; readonly status: string }> {
  const out = (
    await run('curl', ['-sS', '--noproxy', '*', '-w', '\n%{http_code} %{url_effective}', ...args])
  ).toString();
  const cut = out.lastIndexOf('\n');
  const [status = '', url = ''] = out.slice(cut + 1).split(' ');
  return { body: out.slice(0, cut), url, status };
}

async function nginx(world: World, server: string): Promise<Place & { readonly port: number }> {
  const port = await freePort();
  const folder = await world.folder();
  const file = path.join(folder, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  await writeFile(
    file,
    `daemon off; master_process off; pid ${folder}/nginx.pid; error_log stderr; events {}
http {
  access_log off;
  ${temporary.map((kind) => `${kind}_temp_path ${folder}/nginx-${kind};`).join('\n  ')}
  absolute_redirect on;
  server { listen 127.0.0.1:${port}; ${server} }
}`,
  );
  await startServer(world, 'nginx', ['-p', folder, '-c', file], port);
  return { kind: 'tcp', host: '127.0.0.1', port };
}

async function apache(world: World, more: string, inSite = ''): Promise<Place & { readonly port: number }> {
  const port = await freePort();
  const folder = await world.folder();
  const file = path.join(folder, 'apache.conf');
  const modules = ['mpm_event', 'authz_core', 'alias', 'mime', 'dir', 'headers', 'dav', 'dav_fs', 'auth_basic'];
  await writeFile(
    file,
    `ServerRoot ${folder}
ServerName intern.lan:8080
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
Listen 127.0.0.1:${port}
PidFile ${folder}/apache.pid
DefaultRuntimeDir ${folder}
Mutex file:${folder} default
ErrorLog ${folder}/apache-error.log
TypesConfig /dev/null
DavLockDB ${folder}/DavLock
DocumentRoot ${folder}/site
<Directory ${folder}/site>
  Require all granted
  ${inSite}
</Directory>
${more}`,
  );
  await startServer(world, 'apache2', ['-X', '-f', file], port);
  return { kind: 'tcp', host: '127.0.0.1', port };
}

/** A folder `site` with a folder `docs` in it. */
async function site(world: World): Promise<string> {
  const folder = await world.folder();
  await chmod(folder, 0o755);
  await mkdir(path.join(folder, 'site/docs'), { recursive: true });
  await writeFile(path.join(folder, 'site/docs/index.html'), 'the docs');
  for (const name of ['site', 'site/docs']) await chmod(path.join(folder, name), 0o755);
  await chmod(path.join(folder, 'site/docs/index.html'), 0o644);
  return path.join(folder, 'site');
}

peerTest(
  'redirects of nginx with its own names and ports lead back through the proxy',
  ['nginx', 'curl'],
  async (world) => {
    const root = await site(world);
    const place = await nginx(
      world,
      `server_name intern.lan; root ${root};
     location = /named { server_name_in_redirect on; return 302 /docs/; }
     location = /own { return 302 http://127.0.0.1:$server_port/docs/; }
     location = /away { return 302 http://elsewhere.test/docs/; }`,
    );
    for (const hostHeader of ['preserve', 'server', 'intern.lan']) {
      const names = ['intern.lan'];
      const routes = [mapped({ hostHeader, more: { translate: { ...translate, names } } })];
      const proxy = await world.proxy({ servers: [place], routes });
      const base = `http://${proxy.authority}/app`;
      for (const from of ['/docs', '/named', '/own']) {
        const { body, url } = await curl('-L', `${base}${from}`);
        assert.equal(body, 'the docs', `${hostHeader} ${from}`);
        assert.equal(url, `${base}/docs/`, `${hostHeader} ${from}`);
      }
      const away = await curl('-D', '-', `${base}/away`);
      assert.match(away.body, /^Location: http:\/\/elsewhere\.test\/docs\/\r$/m);
    }
  },
);

peerTest('redirects of Apache with its ServerName lead back through the proxy', ['apache2', 'curl'], async (world) => {
  await site(world);
  const place = await apache(world, 'UseCanonicalName On\nRedirect 302 /moved /docs/\n');
  const proxy = await world.proxy({ servers: [place], routes: [mapped({ hostHeader: 'intern.lan:8080' })] });
  const base = `http://${proxy.authority}/app`;
  for (const from of ['/docs', '/moved']) {
    const { body, url } = await curl('-L', `${base}${from}`);
    assert.deepEqual([body, url], ['the docs', `${base}/docs/`]);
  }
});

peerTest(
  'WebDAV moves a file under its public address, and not out of the route',
  ['apache2', 'curl'],
  async (world) => {
    const root = await site(world);
    await chmod(root, 0o777);
    await mkdir(path.join(root, 'dav'));
    await writeFile(path.join(root, 'dav/one.txt'), 'one');
    await chmod(path.join(root, 'dav/one.txt'), 0o644);
    for (const folder of ['dav', 'docs']) await chmod(path.join(root, folder), 0o777);
    const place = await apache(world, '', 'Dav On');
    for (const hostHeader of ['preserve', 'server']) {
      const routes = [mapped({ path: '/files/', replacePrefix: '/dav/', hostHeader })];
      const proxy = await world.proxy({ servers: [place], routes });
      const base = `http://${proxy.authority}/files`;
      const move = async (from: string, to: string): Promise<string> =>
        (await curl('-X', 'MOVE', '-H', `Destination: ${to}`, `${base}/${from}`)).status;
      assert.equal(await move('one.txt', `${base}/two.txt`), '201');
      assert.equal(await readFile(path.join(root, 'dav/two.txt'), 'utf8'), 'one');
      for (const to of [
        `http://${proxy.authority}/docs/x`,
        `${base}/../docs/x`,
        `${base}/%2e%2e/docs/x`,
        `http://127.0.0.1:${place.port}/docs/x`,
        `http://intern.lan:8080/docs/x`,
        '/docs/x',
        '//x/docs/x',
        'x',
      ]) {
        assert.equal(await move('two.txt', to), '403', to);
      }
      assert.equal(await move('two.txt', '/files/one.txt'), '201');
    }
  },
);

/** A login as applications have it that believe to be alone on their host. */
async function loginApp(world: World): Promise<Place> {
  const server = http.createServer((request, response) => {
    const signedIn = /\bsession=s3cret\b/.test(request.headers.cookie ?? '');
    if (request.url === '/login' && request.method === 'POST') {
      response.setHeader('Set-Cookie', [
        'session=s3cret; Path=/; HttpOnly; Domain=intern.lan',
        'theme="a; b"; Path=/account',
      ]);
      response.writeHead(303, { Location: 'http://intern.lan/account/' }).end();
    } else if (request.url === '/login') {
      response.end('please sign in');
    } else if (!signedIn) {
      response.writeHead(302, { Location: '/login' }).end();
    } else {
      response.end(`welcome: ${request.headers.cookie}`);
    }
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  world.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { kind: 'tcp', host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

for (const [name, spec, base] of [
  ['under a prefix', { path: '/app/' }, '/app'],
  ['under a prefix without a slash', { path: '/app' }, '/app'],
  ['under a prefix of two', { path: '/intern/app/' }, '/intern/app'],
] as const) {
  peerTest(`a login ${name} works with a cookie jar, and its cookies stay there`, ['curl'], async (world) => {
    const app = await loginApp(world);
    const proxy = await world.proxy({ servers: [app], routes: [mapped({ ...spec, hostHeader: 'intern.lan' })] });
    const origin = `http://${proxy.authority}`;
    const jar = path.join(await world.folder(), 'jar');
    const first = await curl('-L', '-c', jar, '-b', jar, `${origin}${base}/account/`);
    assert.deepEqual([first.body, first.url], ['please sign in', `${origin}${base}/login`]);
    const second = await curl('-L', '-c', jar, '-b', jar, '-d', 'user=a', `${origin}${base}/login`);
    assert.equal(second.url, `${origin}${base}/account/`);
    assert.match(second.body, /^welcome: (?=.*session=s3cret)(?=.*theme)/);
    const cookies = await readFile(jar, 'utf8');
    assert.doesNotMatch(cookies, /intern\.lan/);
    const paths = cookies
      .split('\n')
      .filter((line) => line.includes('127.0.0.1'))
      .map((line) => line.split('\t')[2]);
    assert.ok(paths.length === 2 && paths.every((each) => each?.startsWith(base)), cookies);
  });
}

peerTest(
  'an application on http behind https keeps its users on https, with secure cookies',
  ['nginx', 'curl', 'openssl'],
  async (world) => {
    const root = await site(world);
    const cookies = `add_header Set-Cookie "id=1; Path=/"; return 302 http://$host/docs/;`;
    const place = await nginx(world, `root ${root}; location = /start { ${cookies} }`);
    const folder = await world.folder();
    const ca = await makeCa(folder);
    const certificate = await issue(ca, { names: ['app.test'] });
    const proxy = await world.proxy({
      servers: [place],
      routes: [{ more: { translate } }],
      tls: tlsPlan([certificate]),
    });
    const port = proxy.port();
    const jar = path.join(folder, 'jar');
    const usual = [
      '-L',
      '-c',
      jar,
      '-b',
      jar,
      '--cacert',
      ca.certFile,
      '--connect-to',
      `app.test:${port}:127.0.0.1:${port}`,
    ];
    for (const from of ['/start', '/docs']) {
      const { body, url } = await curl(...usual, `https://app.test:${port}${from}`);
      assert.deepEqual([body, url], ['the docs', `https://app.test:${port}/docs/`]);
    }
    assert.match(await readFile(jar, 'utf8'), /^app\.test\tFALSE\t\/\tTRUE\t/m);
  },
);
