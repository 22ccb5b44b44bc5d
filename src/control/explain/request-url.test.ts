import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { ListenerPlan, Plan } from '../../proxy/index.ts';
import { listenerFor, readRequestUrl } from './request-url.ts';

void test('a URL is taken apart as it stands', () => {
  assert.deepEqual(readRequestUrl('http://A.test'), { scheme: 'http', authority: 'A.test', port: 80, target: '/' });
  assert.deepEqual(readRequestUrl('HTTPS://a.test:8443/a/../%2e/x?y=/#z'), {
    scheme: 'https',
    authority: 'a.test:8443',
    port: 8443,
    target: '/a/../%2e/x?y=/',
  });
  assert.deepEqual(readRequestUrl('http://[::1]:81?x'), {
    scheme: 'http',
    authority: '[::1]:81',
    port: 81,
    target: '/?x',
  });
  assert.equal(readRequestUrl('http://[::1]/').port, 80);
  for (const bad of ['', 'a.test', 'ftp://a/', 'http:///x', 'http://a b/', '/x']) {
    assert.throws(() => readRequestUrl(bad), /Cannot read the URL/, bad);
  }
});

function planWith(...listeners: readonly (readonly [string, number, boolean])[]): Plan {
  const each = listeners.map(([name, port, secure]) => ({
    name,
    address: { kind: 'tcp', host: undefined, port },
    tls: secure ? {} : undefined,
  }));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the parts that are read
  return { listeners: each as unknown as ListenerPlan[] } as unknown as Plan;
}

void test('the listener is that of the port and scheme, or the only one of the scheme, or the one that is named', () => {
  const plan = planWith(['plain', 80, false], ['other', 8080, false], ['secure', 8443, true]);
  const find = (url: string, name?: string): string => listenerFor(plan, readRequestUrl(url), name).name;
  assert.equal(find('http://a/'), 'plain');
  assert.equal(find('http://a:8080/'), 'other');
  assert.equal(find('https://a/'), 'secure');
  assert.equal(find('https://a/', 'other'), 'other');
  assert.throws(() => find('http://a:1/'), /several speak http; name one of plain, other, secure with --listener/);
  assert.throws(() => find('http://a/', 'x'), /Cannot find the listener x: there are plain, other, secure/);
  assert.throws(() => listenerFor(planWith(['p', 1, false]), readRequestUrl('https://a/')), /none speaks https/);
});
