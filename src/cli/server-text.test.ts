import assert from 'node:assert/strict';
import { test } from 'node:test';

import { diffText, listText } from './server-text.ts';

test('what stands beside the config is shown with who said so, and how to go back', () => {
  const at = '2026-01-02T03:04:05.678Z';
  const change = { pool: 'app', server: 'http://a', operator: 'drain', weight: 3, at, by: 'root' } as const;
  assert.equal(
    diffText({ changes: [change], splits: [{ route: 'www', weights: { stable: 8, canary: 2 } }] }),
    [
      'POOL   SERVER    NOW                 SINCE, BY',
      'app    http://a  drains, weight 3    2026-01-02T03:04:05Z  root',
      'split  www       stable 8, canary 2',
      '',
      '"postern server reset", "postern split ROUTE --reset" to go back to the config',
    ].join('\n'),
  );
  assert.match(diffText({ changes: [], splits: [] }), /^Nothing was changed/);
});

test('a list has one line a server, and no sign of it can move the cursor', () => {
  const server = { pool: 'app', open: 1, requests: 9, failures: 0, exchanges: 2 };
  const state = { operator: 'ready', health: 'up', ejected: false, weight: 2, usable: true };
  assert.equal(
    listText([
      { ...server, name: 'http://a', origin: 'dns', state },
      {
        ...server,
        name: 'http://b\u001B[2J',
        origin: 'added',
        changed: 'added, drains',
        state: { ...state, ejected: true },
      },
    ]),
    [
      'POOL  SERVER        STATE  HEALTH   WEIGHT  NOW  REQUESTS  FAILURES  BESIDE THE CONFIG',
      'app   http://a      ready  up       2       2    9         0         DNS',
      'app   http://b?[2J  ready  ejected  2       2    9         0         added, drains',
    ].join('\n'),
  );
});
