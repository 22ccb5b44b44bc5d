import assert from 'node:assert/strict';
import { test } from 'node:test';

import { configPlaces, findConfig, noConfig } from './find-config.ts';

test('findConfig() takes the first place where there is a config', () => {
  assert.equal(
    findConfig(() => true),
    './postern.yaml',
  );
  assert.equal(
    findConfig((path) => path !== './postern.yaml' && path !== './postern.yml'),
    './postern.json',
  );
  assert.equal(
    findConfig((path) => path.startsWith('/etc/')),
    '/etc/postern/postern.yaml',
  );
  assert.equal(
    findConfig(() => false),
    undefined,
  );
});

test('the message for no config names every place', () => {
  for (const place of configPlaces) assert.ok(noConfig.includes(place));
});
