import assert from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

import type { TranslatePlan } from '../../src/proxy/index.ts';
import { plainRoute } from '../../src/proxy/plan.ts';
import { issue, makeCa, tlsPlan } from '../harness/certificates.ts';
import { startBrowser } from '../harness/peers/browser.ts';
import { peerTest } from '../harness/peers/peer-test.ts';
import type { Place } from '../harness/plan-of.ts';
import type { World } from '../harness/proxy-test.ts';
import type { ProxyUnderTest } from '../harness/proxy-under-test.ts';

const translate: TranslatePlan = { locations: true, cookies: true, blockNtlm: false, blockNegotiate: false };

/** An application that takes itself to be at the root of `http://127.0.0.1:port`, and says so wherever it can. */
async function startApplication(world: World): Promise<Place> {
  const server = http.createServer((request, response) => {
    const { url = '/' } = request;
    const proto = String(request.headers['x-forwarded-proto']);
    const own = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    response.setHeader('Content-Type', 'text/html');
    if (request.method === 'POST') {
      request.resume();
      response.setHeader('Set-Cookie', 'session=one; Path=/; Domain=127.0.0.1; HttpOnly');
      response.writeHead(302, { Location: `${own}/inside/` }).end();
      return;
    }
    const known = request.headers.cookie === 'session=one';
    if (url === '/') response.writeHead(302, { Location: '/login' }).end();
    else if (url === '/login') response.end('<form method="post"><button>in</button></form>');
    else response.end(`<h1>${known ? 'known' : 'unknown'}</h1><p>${url} ${proto}</p>`);
  });
  await new Promise((resolve) => void server.listen(0, '127.0.0.1', () => resolve(undefined)));
  world.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { kind: 'tcp', host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

/** The application under `/app/` of https://www.example.test, and plain HTTP that leads there. */
async function publish(world: World): Promise<{ readonly https: ProxyUnderTest; readonly plain: ProxyUnderTest }> {
  const folder = await world.folder();
  const certificate = await issue(await makeCa(folder), { names: ['www.example.test'] });
  const route = { host: 'www.example.test', path: '/app/', replacePrefix: '/', hostHeader: 'server' };
  const servers = [await startApplication(world)];
  const https = await world.proxy({
    servers,
    routes: [{ ...route, more: { translate } }],
    tls: tlsPlan([certificate]),
  });
  const transport = { ...plainRoute.transport, https: 'redirect', httpsPort: https.port() } as const;
  const plain = await world.proxy({ servers, routes: [{ ...route, more: { translate, transport } }] });
  return { https, plain };
}

peerTest(
  'a browser logs in to an application that is mapped under a path of an https site',
  ['chromium', 'openssl'],
  async (world) => {
    const { https, plain } = await publish(world);
    const browser = await startBrowser(world);
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const page = await context.newPage();
    const outside = `https://www.example.test:${https.port()}`;
    await page.goto(`http://www.example.test:${plain.port()}/app/`);
    assert.equal(
      page.url(),
      `${outside}/app/login`,
      'plain HTTP leads to https, and / of the application to its login',
    );
    await page.click('button');
    await page.waitForURL((url) => url.pathname !== '/app/login');
    assert.equal(page.url(), `${outside}/app/inside/`);
    assert.equal(await page.textContent('h1'), 'known');
    assert.equal(await page.textContent('p'), '/inside/ https');
    const cookies = (await context.cookies()).map(({ name, domain, path, secure, httpOnly }) => ({
      name,
      domain,
      path,
      secure,
      httpOnly,
    }));
    assert.deepEqual(cookies, [
      { name: 'session', domain: 'www.example.test', path: '/app/', secure: true, httpOnly: true },
    ]);
    await page.reload();
    assert.equal(await page.textContent('h1'), 'known');
  },
);
