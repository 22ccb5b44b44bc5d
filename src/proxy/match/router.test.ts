import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  asking,
  exact,
  exactHost,
  folder,
  method,
  pathText,
  prefix,
  regex,
  routeOf,
  wildcard,
} from './fixtures.test.ts';
import type { PathMatch } from '../plan.ts';
import { Router } from './router.ts';

/** The names that one host's routes, given by their paths, answer to each path with. */
function onPaths(paths: readonly PathMatch[]): (path: string) => string | undefined {
  const router = new Router(paths.map((path) => routeOf(`${path.kind} ${pathText(path)}`, { path })));
  return (path) => router.find(asking('any', 'example.com', path))?.name;
}

test('find() prefers the exact host to the wildcard to any host', () => {
  const router = new Router([
    routeOf('any', {}),
    routeOf('wildcard', { hosts: [wildcard('example.com')] }),
    routeOf('exact', { hosts: [exactHost('www.example.com'), exactHost('example.org')] }),
  ]);
  const find = (host: string): string | undefined => router.find(asking('web', host, '/'))?.name;
  assert.equal(find('www.example.com'), 'exact');
  assert.equal(find('example.org'), 'exact');
  assert.equal(find('api.example.com'), 'wildcard');
  assert.equal(find('example.com'), 'any');
  assert.equal(find('a.b.example.com'), 'any');
  assert.equal(find('.example.com'), 'any');
  assert.equal(find('badexample.com'), 'any');
  assert.equal(find(''), 'any');
  assert.equal(find('2001:db8::1'), 'any');
});

test('find() answers undefined where nothing fits', () => {
  const router = new Router([routeOf('one', { hosts: [exactHost('example.com')], path: prefix('/a') })]);
  assert.equal(router.find(asking('web', 'example.com', '/b')), undefined);
  assert.equal(router.find(asking('web', 'other.example.com', '/a')), undefined);
  assert.equal(router.find(asking('web', '', '/a')), undefined);
  assert.equal(router.find(asking('web', 'example.com', '')), undefined);
  assert.equal(router.find(asking('web', 'example.com', 'a')), undefined);
  assert.equal(new Router([]).find(asking('web', 'example.com', '/')), undefined);
});

test('find() is not led astray by names that objects inherit', () => {
  const router = new Router([routeOf('one', { hosts: [exactHost('example.com')], path: prefix('/a') })]);
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    assert.equal(router.find(asking(name, name, `/${name}`)), undefined);
    assert.equal(router.find(asking('web', `${name}.example.com`, `/a/${name}`)), undefined);
    assert.equal(router.find(asking(name, 'example.com', `/a/${name}/${name}`))?.name, 'one');
  }
});

test('find() goes on to the next host where the best one has no such path', () => {
  const router = new Router([
    routeOf('exact', { hosts: [exactHost('www.example.com')], path: prefix('/a') }),
    routeOf('wildcard', { hosts: [wildcard('example.com')], path: prefix('/b') }),
    routeOf('any', { path: exact('/c') }),
  ]);
  assert.equal(router.find(asking('web', 'www.example.com', '/a/x'))?.name, 'exact');
  assert.equal(router.find(asking('web', 'www.example.com', '/b'))?.name, 'wildcard');
  assert.equal(router.find(asking('web', 'www.example.com', '/c'))?.name, 'any');
  assert.equal(router.find(asking('web', 'www.example.com', '/c/d')), undefined);
});

test('a prefix goes by whole segments', () => {
  const find = onPaths([prefix('/api')]);
  for (const path of ['/api', '/api/', '/api/x', '/api/x/y/', '/api//x']) assert.equal(find(path), 'prefix /api', path);
  for (const path of ['/apix', '/ap', '/', '/Api', '/x/api', '//api', '/api%2Fx'])
    assert.equal(find(path), undefined, path);
});

test('a folder is for itself and what is below it, not for its name without the slash', () => {
  const find = onPaths([folder('/api/')]);
  for (const path of ['/api/', '/api/x', '/api/x/y']) assert.equal(find(path), 'folder /api/', path);
  for (const path of ['/api', '/apix', '/', '/api%2F']) assert.equal(find(path), undefined, path);
});

test('of a folder and a prefix for the same segments the folder has what is below, the prefix the path itself', () => {
  for (const paths of [
    [folder('/api/'), prefix('/api')],
    [prefix('/api'), folder('/api/')],
  ]) {
    const find = onPaths(paths);
    assert.equal(find('/api'), 'prefix /api');
    assert.equal(find('/api/'), 'folder /api/');
    assert.equal(find('/api/x'), 'folder /api/');
  }
});

test('an exact path wins over all, then the longest', () => {
  const find = onPaths([prefix('/'), prefix('/a'), folder('/a/b/'), prefix('/a/b/c/d'), exact('/a/b/c'), exact('/a/')]);
  assert.equal(find('/'), 'prefix /');
  assert.equal(find('/x'), 'prefix /');
  assert.equal(find('/a'), 'prefix /a');
  assert.equal(find('/a/'), 'exact /a/');
  assert.equal(find('/a/b'), 'prefix /a');
  assert.equal(find('/a/b/'), 'folder /a/b/');
  assert.equal(find('/a/b/c'), 'exact /a/b/c');
  assert.equal(find('/a/b/c/'), 'folder /a/b/');
  assert.equal(find('/a/b/c/dd'), 'folder /a/b/');
  assert.equal(find('/a/b/c/d/e/f/g'), 'prefix /a/b/c/d');
});

test('the path * finds only a route for /', () => {
  assert.equal(onPaths([prefix('/a'), exact('/b'), folder('/c/')])('*'), undefined);
  assert.equal(onPaths([prefix('/')])('*'), 'prefix /');
  assert.equal(onPaths([prefix('/'), folder('/')])('*'), 'folder /');
  assert.equal(onPaths([prefix('/'), folder('/'), exact('/')])('*'), 'exact /');
  assert.equal(onPaths([exact('/'), prefix('/')])('*'), 'exact /');
});

test('a route that names listeners is reachable through these only', () => {
  const router = new Router([
    routeOf('both', { path: prefix('/both') }),
    routeOf('inside', { listeners: ['inside', 'admin'], path: prefix('/') }),
    routeOf('outside', { listeners: ['outside'], path: prefix('/') }),
    routeOf('none', { listeners: [], path: prefix('/none') }),
  ]);
  assert.equal(router.find(asking('inside', 'h', '/'))?.name, 'inside');
  assert.equal(router.find(asking('admin', 'h', '/'))?.name, 'inside');
  assert.equal(router.find(asking('outside', 'h', '/'))?.name, 'outside');
  assert.equal(router.find(asking('other', 'h', '/')), undefined);
  assert.equal(router.find(asking('other', 'h', '/none')), undefined);
  for (const name of ['inside', 'outside', 'other'])
    assert.equal(router.find(asking(name, 'h', '/both/x'))?.name, 'both');
});

test('of equal routes the first wins, whatever kind they are', () => {
  for (const path of [exact('/a'), folder('/a/'), prefix('/a')]) {
    const router = new Router([routeOf('first', { path }), routeOf('second', { path })]);
    assert.equal(router.find(asking('web', 'h', pathText(path)))?.name, 'first');
  }
});

test('a path of millions of segments costs no more than reading it', () => {
  const find = onPaths([prefix('/a/a/a')]);
  // At the square of its length this would take hours.
  assert.equal(find('/a'.repeat(4_000_000)), 'prefix /a/a/a');
  assert.equal(find('/b'.repeat(4_000_000)), undefined);
});

test('a pattern comes after the exact path and before all others, patterns by their order', () => {
  const find = onPaths([prefix('/user/1'), regex(String.raw`^/user/\d$`), regex('^/user/'), exact('/user/2')]);
  assert.equal(find('/user/1'), String.raw`regex ^/user/\d$`);
  assert.equal(find('/user/11'), 'regex ^/user/');
  assert.equal(find('/user/2'), 'exact /user/2');
  assert.equal(find('/user'), undefined);
  assert.equal(onPaths([regex('.')])('*'), undefined);
});

test('a route whose condition does not hold gives way to the next best: path, then host, then priority', () => {
  const hosts = [exactHost('a.test')];
  const router = new Router([
    routeOf('low', { priority: -1 }),
    routeOf('any host', { path: prefix('/x'), when: method('POST', 'PUT') }),
    routeOf('shorter', { hosts, path: prefix('/'), when: method('POST', 'HEAD') }),
    routeOf('other', { hosts, path: prefix('/x'), when: method('GET') }),
    routeOf('first', { hosts, path: prefix('/x'), when: method('POST') }),
    routeOf('high', { priority: 1, path: exact('/x/y'), when: method('DELETE') }),
  ]);
  const find = (verb: string, path = '/x/y'): string | undefined =>
    router.find(asking('web', 'a.test', path, verb))?.name;
  assert.equal(find('POST'), 'first');
  assert.equal(find('GET'), 'other');
  assert.equal(find('HEAD'), 'shorter');
  assert.equal(find('PUT'), 'any host');
  assert.equal(find('TRACE'), 'low');
  assert.equal(find('DELETE'), 'high');
  assert.equal(find('DELETE', '/x'), 'low');
});

test('of equal routes those with conditions come first, in their order', () => {
  const router = new Router([
    routeOf('plain', {}),
    routeOf('one', { when: method('GET') }),
    routeOf('two', { when: method('GET', 'POST') }),
  ]);
  assert.equal(router.find(asking('web', 'h', '/', 'GET'))?.name, 'one');
  assert.equal(router.find(asking('web', 'h', '/', 'POST'))?.name, 'two');
  assert.equal(router.find(asking('web', 'h', '/', 'PUT'))?.name, 'plain');
});

test('a higher priority comes before any host and path', () => {
  const router = new Router([
    routeOf('exact', { hosts: [exactHost('h')], path: exact('/a/b') }),
    routeOf('high', { path: prefix('/a'), priority: 10 }),
    routeOf('low', { hosts: [exactHost('h')], path: prefix('/c'), priority: -10 }),
    routeOf('rest', {}),
  ]);
  assert.equal(router.find(asking('web', 'h', '/a/b'))?.name, 'high');
  assert.equal(router.find(asking('web', 'h', '/c/d'))?.name, 'rest');
});

test('the longest path wins, whether case counts for it or not; for the same path the one for which it counts', () => {
  const router = new Router([
    routeOf('loose', { path: prefix('/App/sub'), ignoreCase: true }),
    routeOf('strict', { path: prefix('/app') }),
    routeOf('equal', { path: prefix('/APP/SUB') }),
    routeOf('loose exact', { path: exact('/app/Sub/one'), ignoreCase: true }),
    routeOf('loose pattern', { path: regex('^/app/r[0-9]+$'), ignoreCase: true }),
  ]);
  const find = (path: string): string | undefined => router.find(asking('web', 'h', path))?.name;
  assert.equal(find('/app/sub/x'), 'loose');
  assert.equal(find('/aPP/sUB'), 'loose');
  assert.equal(find('/APP/SUB/x'), 'equal');
  assert.equal(find('/APP/SUB/ONE'), 'loose exact');
  assert.equal(find('/app/x'), 'strict');
  assert.equal(find('/App/x'), undefined);
  assert.equal(find('/APP/R12'), 'loose pattern');
  assert.equal(find('/app/subway'), 'strict');
});

test('a path of millions of segments costs no more than reading it where routes have conditions, too', () => {
  const router = new Router([routeOf('one', { path: prefix('/a/a/a'), ignoreCase: true, when: method('GET') })]);
  assert.equal(router.find(asking('web', 'h', '/A'.repeat(1_000_000)))?.name, 'one');
  assert.equal(router.find(asking('web', 'h', '/b'.repeat(1_000_000))), undefined);
});
