import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { TestEnv } from '../../fixtures.test.ts';
import { askFor, template } from '../fixtures.test.ts';
import { redirect } from './redirect.ts';

/** Status and Location, or undefined where the request goes on. */
function sentTo(to: string, asked: string, match?: string): string | undefined {
  const verdict = redirect.create({ to: template(to), status: 308, match }, new TestEnv()).request!(askFor(asked));
  if (verdict === undefined) return undefined;
  assert.ok(typeof verdict === 'object' && 'headers' in verdict);
  return `${verdict.status} ${verdict.headers.get('Location')}`;
}

test('clients are sent to the URL with what they asked for', () => {
  assert.equal(sentTo('https://www.example.com{path}{query}', '/a/b?c=d'), '308 https://www.example.com/a/b?c=d');
  assert.equal(sentTo('{scheme}://{host}:8443{path}', '/a'), '308 http://a.test:8443/a');
  assert.equal(sentTo('/login?next={path}', '/a%20b&c'), '308 /login?next=/a%20b%26c');
});

test('with a pattern only what it matches is redirected, with its groups', () => {
  assert.equal(sentTo('/new/{1}', '/old/x/y', '^/old/(.*)$'), '308 /new/x/y');
  assert.equal(sentTo('/new/{1}', '/other', '^/old/(.*)$'), undefined);
});

test('no request makes a Location that begins with two slashes', () => {
  assert.equal(sentTo('{path}', '//evil.example/x'), '308 /evil.example/x');
  assert.equal(sentTo('/{1}', '/x//evil.example', '^/x(.*)$'), '308 /evil.example');
  assert.equal(sentTo('/{1}', '/x/evil.example', '^/x(.*)$'), '308 /evil.example');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (odd) => {
      const location = sentTo('/{1}{2}', `/x${odd}`, '^/x(.?)((?s).*)$')!.slice(4);
      assert.match(location, /^\/(?!\/)[\x21-\x7e]*$/);
      assert.equal(new URL(location, 'http://a.test').host, 'a.test');
    }),
  );
});
