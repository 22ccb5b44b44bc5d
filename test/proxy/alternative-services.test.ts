// Nobody is led past the proxy, and nothing is advertised that it does not serve (HTTP/3).
import assert from 'node:assert/strict';

import type { FeaturePlan, HeadersConfig } from '../../src/proxy/index.ts';
import { readAnswer, valuesOf } from '../harness/message.ts';
import { proxyTest } from '../harness/proxy-test.ts';
import { ok, serve } from '../harness/raw-server.ts';
import { get } from '../harness/requests.ts';

const none = { remove: [], set: [], add: [] };
const own: HeadersConfig = {
  request: none,
  response: { ...none, set: [{ name: 'Alt-Svc', value: [{ kind: 'text', text: 'h3=":443"' }] }] },
};
const setsOwn: FeaturePlan = { name: 'headers', config: own };

proxyTest("a server's Alt-Svc stays behind, and that of the operator is sent", async (world) => {
  const server = await world.server(serve(() => ok('ok', 'alt-svc: h3=":8443"; ma=86400\r\nAlt-Svc: h2="x:1"\r\n')));
  const proxy = await world.proxy({
    servers: [server],
    routes: [{ path: '/' }, { path: '/own/', more: { middleware: [setsOwn] } }],
  });
  const client = await world.send(proxy, get('/') + get('/own/'));
  const plain = await readAnswer(client);
  assert.deepEqual(valuesOf(plain, 'Alt-Svc'), []);
  assert.deepEqual(valuesOf(await readAnswer(client), 'Alt-Svc'), ['h3=":443"']);
});
