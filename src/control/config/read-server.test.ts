import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readServer } from './read-server.ts';

test('a name with SRV records is a server by its scheme and name', () => {
  assert.deepEqual(readServer('srv+https://_http._tcp.App.service.consul'), {
    ok: true,
    value: {
      address: { kind: 'tcp', host: '_http._tcp.app.service.consul', port: 0 },
      secure: true,
      hostHeader: '_http._tcp.app.service.consul',
      origin: 'srv+https://_http._tcp.app.service.consul',
      resolve: 'srv',
    },
  });
  assert.equal(readServer('http://10.0.0.5:8080').ok, true);
});

test('SRV records have neither a port in the URL nor a path, and no IP address has any', () => {
  for (const text of [
    'srv+http://a.b:80',
    'srv+http://10.0.0.5',
    'srv+http://a.b/path',
    'srv+http://',
    'srv+ftp://a.b',
  ]) {
    assert.equal(readServer(text).ok, false, text);
  }
});
