import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fillTemplate } from './template.ts';

const values = { PORT: 8080, FOLDER: '/f', SERVER1: 'a:1', SERVER2: 'b:2', SERVER3: 'c:3' };

test('fillTemplate() leaves no name in the configs of the proxies', () => {
  for (const file of ['haproxy.cfg', 'nginx.conf', 'postern.yaml']) {
    const text = fillTemplate(file, values);
    assert.doesNotMatch(text, /\$\{/);
    for (const wanted of ['8080', 'a:1', 'b:2', 'c:3']) assert.ok(text.includes(wanted), `${file}: ${wanted}`);
  }
});

test('fillTemplate() refuses a name that nobody knows', () => {
  assert.throws(() => fillTemplate('nginx.conf', { FOLDER: '/f' }), /Cannot fill in nginx.conf: nobody says what/);
});
