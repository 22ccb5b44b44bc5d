import assert from 'node:assert/strict';

import { normalisePath } from '../../src/wire/path.ts';
import { isOriginForm, parseFullTarget, splitTarget, targetEnd } from '../../src/wire/http1/target.ts';
import { plainTarget, type Target } from '../engine/target.ts';
import { outcomeOf } from './outcome.ts';

const about = {
  name: 'paths',
  about: 'a path has one spelling, which browsers and servers that decode more take for no other folder',
  seeds: () => [
    '/a/b/c',
    '/a/../b/./c//d/',
    '/%41%2f%2E%2e/x',
    '/a;x=1/..;y/b',
    'http://a.test/x?y',
    '/%252e%252e/',
    '*',
    '/a?b=/../c',
  ],
  words: [
    ...[
      '/',
      '//',
      '/./',
      '/../',
      '/..',
      '/.',
      '..',
      '.',
      '%2e',
      '%2E%2E',
      '%2f',
      '%5c',
      '\\',
      '%252e',
      '%25',
      '%',
      '%0',
      '%00',
      '%zz',
    ],
    ...[
      '..;',
      ';',
      '?',
      '#',
      '*',
      '%c0%ae',
      '%e2%80%8b',
      '~',
      '%7E',
      '%41',
      'http://',
      'https://a.test',
      'OPTIONS',
      ' ',
      '\xe4',
    ],
  ],
};

export const paths: Target = plainTarget(about, (input, random) => {
  const text = input.toString('latin1');
  checkTarget(text, random.pick(['GET', 'OPTIONS']));
  const raw = text.split('?', 1)[0]!;
  const mergeSlashes = random.oneIn(2);
  const result = outcomeOf(() => normalisePath(raw, { mergeSlashes }));
  if ('code' in result) return;
  const path = result.value;
  assert.equal(normalisePath(path, { mergeSlashes }), path, 'normalising again changes it');
  if (path === '*') return assert.equal(raw, '*');
  checkPath(path, mergeSlashes);
  // The parser of targets lets only these get here; a browser would write the others anew.
  if (targetEnd(path, 0) === path.length)
    assert.equal(browserPath(path), written(path), 'a browser takes it for another');
});

/** Segments after everything in it was decoded as often as it can be. */
function checkPath(path: string, mergeSlashes: boolean): void {
  assert.ok(path.startsWith('/'), 'no slash at the beginning');
  assert.ok(!path.includes('\\') && !path.includes('%00'), 'a backslash or zero');
  assert.ok(!mergeSlashes || !path.includes('//'), 'two slashes');
  for (const part of decodedFully(path).split(/[/\\]/)) {
    assert.ok(part !== '..' && !part.startsWith('..;'), 'a server that decodes more would go up');
  }
}

function decodedFully(path: string): string {
  let text = path;
  for (let i = 0; i < path.length; i++) {
    const next = text.replace(/%([0-9a-f]{2})/gi, (_, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    );
    if (next === text) return text;
    text = next;
  }
  return text;
}

function browserPath(path: string): string {
  return new URL(`http://a.test${path}`).pathname;
}

/** As browsers write those characters of a path that they do not leave alone (WHATWG URL, path percent-encode set). */
function written(path: string): string {
  return path.replace(/["<>^`{}]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Taking it apart loses nothing. */
function checkTarget(text: string, method: string): void {
  if (isOriginForm(text)) {
    const { path, query, raw } = splitTarget(text);
    assert.equal(path + query, raw);
    return;
  }
  const result = outcomeOf(() => parseFullTarget(text, method));
  if ('code' in result) return;
  const { target, authority } = result.value;
  assert.ok(target.path.startsWith('/') || target.path === '*');
  if (authority === undefined) assert.equal(text, '*');
  else assert.ok(text.includes(authority) && text.endsWith(target.path === '*' ? '' : target.raw.slice(1)));
}
