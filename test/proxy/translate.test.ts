/** What a server says about itself, and what comes of it. */
import assert from 'node:assert/strict';

import type { TranslatePlan } from '../../src/proxy/index.ts';
import { readAnswer, readHead, valueOf, valuesOf, type Message } from '../harness/message.ts';
import type { RouteSpec } from '../harness/plan-of.ts';
import { proxyTest, type World } from '../harness/proxy-test.ts';
import type { ProxyUnderTest } from '../harness/proxy-under-test.ts';
import { ok, serve } from '../harness/raw-server.ts';
import { get } from '../harness/requests.ts';

const translate: TranslatePlan = { locations: true, cookies: true, names: [], blockNtlm: false, blockNegotiate: false };

/** A route with a prefix that the server does not have. */
function mapped(spec: RouteSpec = {}): RouteSpec {
  return { path: '/app/', replacePrefix: '/', ...spec, more: { translate, ...spec.more } };
}

async function ask(world: World, proxy: ProxyUnderTest, request: string): Promise<Message> {
  const client = await world.send(proxy, request);
  return await readAnswer(client);
}

proxyTest(
  'an application that believes to be on http is told of https by a trusted proxy, and its words are made so',
  async (world) => {
    const server = await world.server(
      serve(() =>
        ok(
          '',
          'Location: http://www.example.com/in\r\nSet-Cookie: a=b; SameSite=None\r\nLink: <http://127.0.0.1/x>; rel=next\r\n',
        ),
      ),
    );
    const proxy = await world.proxy({
      servers: [server],
      routes: [mapped()],
      forwarding: { trustedProxies: ['127.0.0.1/32'] },
    });
    const fields = 'X-Forwarded-Proto: https\r\nX-Forwarded-Host: www.example.com\r\n';
    const answer = await ask(world, proxy, get('/app/', fields));
    assert.equal(valueOf(answer, 'Location'), 'https://www.example.com/app/in');
    assert.equal(valueOf(answer, 'Set-Cookie'), 'a=b; SameSite=None; Secure');
    assert.equal(valueOf(answer, 'Link'), '<https://www.example.com/app/x>; rel=next');
  },
);

proxyTest('a 103 is translated like the answer behind it', async (world) => {
  const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n';
  const { proxy } = await world.proxyTo(
    serve(() => hints + ok('', 'Link: </style.css>; rel=preload\r\n')),
    { routes: [mapped()] },
  );
  const client = await world.send(proxy, get('/app/'));
  const early = await readHead(client);
  assert.match(early.start, / 103 /);
  assert.deepEqual(valuesOf(early, 'Link'), ['</app/style.css>; rel=preload']);
  assert.equal(valueOf(await readAnswer(client), 'Link'), '</app/style.css>; rel=preload');
});

proxyTest('NTLM and Negotiate are hidden where the route says so, Basic stays', async (world) => {
  const fields = 'WWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\nWWW-Authenticate: Basic realm="mail"\r\n';
  const { proxy } = await world.proxyTo(
    serve(() => ok('', fields)),
    {
      routes: [
        { path: '/both/', more: { translate: { ...translate, blockNtlm: true, blockNegotiate: true } } },
        { path: '/ntlm/', more: { translate: { ...translate, blockNtlm: true } } },
        {},
      ],
    },
  );
  const offered = async (at: string): Promise<string[]> =>
    valuesOf(await ask(world, proxy, get(at)), 'WWW-Authenticate');
  assert.deepEqual(await offered('/both/'), ['Basic realm="mail"']);
  assert.deepEqual(await offered('/ntlm/'), ['Negotiate', 'Basic realm="mail"']);
  assert.deepEqual(await offered('/'), ['Negotiate', 'NTLM', 'Basic realm="mail"']);
});

proxyTest(
  'a folder without its slash is answered with a redirect that keeps method and query, where no other route has it',
  async (world) => {
    const { proxy, server } = await world.proxyTo(
      serve(() => ok('here')),
      {
        routes: [{ path: '/portal/' }, { path: '/shop/' }, { path: '=/shop' }, { host: 'b.test', path: '/only/' }],
      },
    );
    const redirect = await ask(world, proxy, get('/portal?a=b&c'));
    assert.match(redirect.start, / 308 /);
    assert.equal(valueOf(redirect, 'Location'), '/portal/?a=b&c');
    const posted = await ask(world, proxy, 'POST /portal HTTP/1.1\r\nHost: a.test\r\nContent-Length: 2\r\n\r\nhi');
    assert.match(posted.start, / 308 /);
    assert.match((await ask(world, proxy, get('/shop'))).start, / 200 /);
    for (const missing of ['/porta', '/portal.', '/only', '/']) {
      assert.match((await ask(world, proxy, get(missing))).start, / 404 /, missing);
    }
    assert.match((await ask(world, proxy, get('/only', '', 'b.test'))).start, / 308 /);
    assert.equal(server.requests.length, 1);
    proxy.expectLine({ path: '/portal', status: 308, route: 'route-0' });
  },
);
