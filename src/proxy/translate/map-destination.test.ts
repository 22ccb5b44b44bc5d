import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Headers } from '../../core/headers.ts';
import { exchangeOf, type Given } from './fixtures.test.ts';
import { hasDestination, mapDestination } from './map-destination.ts';

/** What the server gets; undefined: it is refused. */
function mapped(destination: string, given: Given = {}, origin = 'http://10.0.0.8:8080'): string | undefined {
  const headers = new Headers();
  headers.add('Destination', destination);
  const failure = mapDestination(headers, exchangeOf(given), {
    origin,
    toServerPath(path) {
      if (path.includes('..')) throw new Error('no path');
      return path.startsWith('/app/') ? path.replace('/app/', '/dav/') : undefined;
    },
  });
  assert.ok(failure === undefined || failure.code === 'destination-denied');
  return failure === undefined ? headers.get('Destination') : undefined;
}

test('a public URL below the route becomes the URL of the server', () => {
  assert.equal(mapped('https://www.example.com/app/x'), 'http://10.0.0.8:8080/dav/x');
  assert.equal(mapped('http://WWW.example.com:443/app/x?a#b'), 'http://10.0.0.8:8080/dav/x');
  assert.equal(mapped('/app/x'), 'http://10.0.0.8:8080/dav/x');
  assert.equal(mapped('https://www.example.com/app/x', {}, ''), '/dav/x');
});

test('behind a trusted proxy the public URL is what that says', () => {
  const trusted = { 'X-Forwarded-Host': 'shop.example', 'X-Forwarded-Prefix': '/ext' };
  assert.equal(mapped('https://shop.example/ext/app/x', { trusted }), 'http://10.0.0.8:8080/dav/x');
  assert.equal(mapped('https://shop.example/app/x', { trusted }), 'http://10.0.0.8:8080/dav/x');
  assert.equal(mapped('https://www.example.com/app/x', { trusted }), undefined);
});

test('all else is refused: other hosts and ports, paths beside the route, junk', () => {
  for (const destination of [
    'http://10.0.0.8:8080/dav/x',
    'https://www.example.com:8443/app/x',
    'https://other.test/app/x',
    'https://www.example.com',
    'https://www.example.com/other/x',
    'https://www.example.com/app/../x',
    '//www.example.com:x/app/x',
    '/other',
    '/\\10.0.0.8/app/x',
    'app/x',
    '',
    'ftp://www.example.com/app/x',
    // What no target may hold: a server that drops the tab would go up.
    '/app/.\t./x',
    'https://www.example.com/app/.\t./x',
    '/app/a b',
    '/app/\u00e4',
  ]) {
    const given = destination.includes(':8443') ? { authority: 'www.example.com:443' } : {};
    assert.equal(mapped(destination, given), undefined, destination);
  }
});

test('only COPY and MOVE have a destination', () => {
  assert.deepEqual(['COPY', 'MOVE', 'GET', 'PUT', 'copy'].map(hasDestination), [true, true, false, false, false]);
});
