import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as door from './index.ts';

test('the door opens to these and nothing else', () => {
  assert.deepEqual(Object.keys(door).toSorted(), [
    'ConfigRefused',
    'ProxyError',
    'createProxy',
    'defineConfig',
    'defineMiddleware',
    'loadConfig',
    'startPostern',
    'version',
  ]);
});
