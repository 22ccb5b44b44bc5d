import assert from 'node:assert/strict';
import fs from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { ProxyError } from '../../../core/errors.ts';
import type { ProxyResponse } from '../../exchange.ts';
import { KeepSink, TestEnv, until } from '../../fixtures.test.ts';
import { pattern } from '../../pattern.test.ts';
import { askFor, linesOf } from '../fixtures.test.ts';
import type { FolderConfig } from './folder-answer.ts';
import { respond, type RespondConfig } from './respond.ts';

type Fields = readonly (readonly [string, string])[];

const gone = new ProxyError('client-abort', 'x');

async function verdictOf(config: RespondConfig, target: string, fields: Fields = [], method = 'GET'): Promise<unknown> {
  return respond.create(config, new TestEnv()).request!(askFor(target, fields, method));
}

/** The answer: status, fields, and body. */
async function answered(
  config: RespondConfig,
  target: string,
  fields: Fields = [],
  method = 'GET',
): Promise<{ status: number | string; lines: string[]; body: string; length: string | undefined }> {
  const verdict = (await verdictOf(config, target, fields, method)) as ProxyResponse | ProxyError;
  if (verdict instanceof ProxyError) return { status: verdict.code, lines: [], body: '', length: undefined };
  const { status, headers, body, announcedLength: length } = verdict;
  const sink = new KeepSink();
  body?.start(sink);
  if (body) await until(() => sink.events.includes('end'));
  assert.equal(body?.length ?? 0, sink.bytes.length);
  return { status, lines: linesOf(headers), body: sink.bytes.toString(), length };
}

/** A small site, and a folder beside it with a secret. */
async function withSite(body: (config: FolderConfig, root: string) => Promise<void>): Promise<void> {
  const root = await fs.promises.realpath(await mkdtemp(path.join(os.tmpdir(), 'postern-')));
  const folder = path.join(root, 'site');
  try {
    await mkdir(path.join(folder, 'sub'), { recursive: true });
    await mkdir(path.join(folder, '.well-known'));
    await mkdir(path.join(folder, 'empty'));
    const files = {
      'site/index.html': 'home',
      'site/a b.txt': '0123456789',
      'site/nothing.css': '',
      'site/sub/index.html': 'sub',
      'site/.hidden': 'hidden',
      'site/.well-known/x': 'known',
      'secret.txt': 'secret',
      'site-2': 'secret',
    };
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(root, name), text);
    await symlink('../secret.txt', path.join(folder, 'out.txt'));
    await symlink('../site-2', path.join(folder, 'out-2.txt'));
    await symlink('..', path.join(folder, 'up'));
    await symlink('sub/index.html', path.join(folder, 'in.html'));
    await symlink('loop', path.join(folder, 'loop'));
    await utimes(path.join(folder, 'a b.txt'), 1_600_000_000, 1_600_000_000);
    await body({ kind: 'folder', folder, index: 'index.html', status: 200, fallback: undefined, headers: [] }, root);
  } finally {
    await rm(root, { recursive: true });
  }
}

const openFiles = async (root: string): Promise<string[]> => {
  const fds = await readdir('/proc/self/fd');
  const paths = await Promise.all(fds.map((fd) => fs.promises.readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return paths.filter((each) => each.startsWith(root));
};

test('a fixed answer is the same for every method; HEAD learns its length', async () => {
  const config: RespondConfig = {
    kind: 'fixed',
    status: 503,
    body: 'später',
    headers: [{ name: 'Content-Type', value: 'text/plain; charset=utf-8' }],
  };
  for (const method of ['GET', 'POST']) {
    const answer = await answered(config, '/', [], method);
    assert.deepEqual([answer.status, answer.body], [503, 'später']);
    assert.deepEqual(answer.lines, ['Content-Type: text/plain; charset=utf-8']);
  }
  const head = await answered(config, '/', [], 'HEAD');
  assert.deepEqual([head.status, head.body, head.length], [503, '', '7']);
});

test('files are sent with their type and what tells their state', async () => {
  await withSite(async (config) => {
    const answer = await answered(config, '/a%20b.txt');
    assert.deepEqual([answer.status, answer.body], [200, '0123456789']);
    assert.deepEqual(
      answer.lines.filter((line) => !line.startsWith('ETag')),
      [
        'Content-Type: text/plain; charset=utf-8',
        'Last-Modified: Sun, 13 Sep 2020 12:26:40 GMT',
        'Accept-Ranges: bytes',
      ],
    );
    assert.equal((await answered(config, '/')).body, 'home');
    assert.equal((await answered(config, '/sub/')).body, 'sub');
    assert.equal((await answered(config, '/in.html')).body, 'sub');
    assert.equal((await answered(config, '/.well-known/x')).body, 'known');
    assert.deepEqual((await answered(config, '/nothing.css')).status, 200);
    const head = await answered(config, '/a%20b.txt', [['Range', 'bytes=0-1']], 'HEAD');
    assert.deepEqual([head.status, head.body, head.length], [200, '', '10']);
    const folder = await answered(config, '/sub?x=1');
    assert.deepEqual([folder.status, folder.lines], [302, ['Location: /sub/?x=1']]);
  });
});

test('nothing outside the folder, hidden or listed is ever there', async () => {
  await withSite(async (config, root) => {
    for (const target of [
      '/out.txt',
      '/out-2.txt',
      '/up/secret.txt',
      '/loop',
      '/.hidden',
      '/%2ehidden',
      '/..%2fsecret.txt',
      '/sub%2findex.html',
      '/sub/..%5c..%5csecret.txt',
      '/a%20b.txt/',
      '/a%20b.txt/x',
      '/sub//index.html',
      '//index.html',
      '/a%00b',
      '/%ff',
      '/%',
      '/empty',
      '/empty/',
      '/none',
      `/${'x'.repeat(300)}`,
      '/../secret.txt',
      '/sub/../../secret.txt',
      '*',
    ]) {
      assert.equal((await answered(config, target)).status, 'file-not-found', target);
    }
    assert.deepEqual(await openFiles(root), []);
  });
});

test('a client that has the file is told so', async () => {
  await withSite(async (config) => {
    const first = await answered(config, '/a%20b.txt');
    const etag = first.lines.find((line) => line.startsWith('ETag'))!.slice(6);
    const date = 'Sun, 13 Sep 2020 12:26:40 GMT';
    const cases: readonly (readonly [Fields, number])[] = [
      [[['If-None-Match', etag]], 304],
      [[['If-None-Match', `"x", W/${etag}`]], 304],
      [[['If-None-Match', '*']], 304],
      [[['If-None-Match', '"x"']], 200],
      [[['If-Modified-Since', date]], 304],
      [[['If-Modified-Since', 'Sun, 13 Sep 2020 12:26:39 GMT']], 200],
      [[['If-Modified-Since', 'yesterday']], 200],
      [
        [
          ['If-None-Match', '"x"'],
          ['If-Modified-Since', date],
        ],
        200,
      ],
      [[['If-Match', '"x"']], 412],
      [[['If-Match', `W/${etag}`]], 412],
      [[['If-Match', etag]], 200],
      [[['If-Unmodified-Since', date]], 200],
      [[['If-Unmodified-Since', 'Sun, 13 Sep 2020 12:26:39 GMT']], 412],
    ];
    for (const [fields, status] of cases) {
      const answer = await answered(config, '/a%20b.txt', fields);
      assert.equal(answer.status, status, JSON.stringify(fields));
      assert.equal(answer.body === '', status !== 200);
      if (status === 304) assert.ok(answer.lines.includes(`ETag: ${etag}`));
    }
  });
});

test('one range of bytes is sent; several, or what is none, are the whole file', async () => {
  await withSite(async (config) => {
    const cases: readonly (readonly [string, number, string, string])[] = [
      ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
      ['bytes=2-400', 206, '23456789', 'bytes 2-9/10'],
      ['bytes=9-', 206, '9', 'bytes 9-9/10'],
      ['bytes=-3', 206, '789', 'bytes 7-9/10'],
      ['bytes=-30', 206, '0123456789', 'bytes 0-9/10'],
      ['bytes=10-', 416, '', 'bytes */10'],
      ['bytes=-0', 416, '', 'bytes */10'],
      ['bytes=4-2', 200, '0123456789', ''],
      ['bytes=0-1,3-4', 200, '0123456789', ''],
      ['lines=0-1', 200, '0123456789', ''],
      ['bytes=-', 200, '0123456789', ''],
      [`bytes=${'9'.repeat(40)}-`, 200, '0123456789', ''],
    ];
    for (const [range, status, body, said] of cases) {
      const answer = await answered(config, '/a%20b.txt', [['Range', range]]);
      assert.deepEqual([answer.status, answer.body], [status, body], range);
      assert.deepEqual(
        answer.lines.filter((line) => line.startsWith('Content-Range')),
        said === '' ? [] : [`Content-Range: ${said}`],
      );
    }
    const range = ['Range', 'bytes=0-0'] as const;
    const etag = (await answered(config, '/a%20b.txt')).lines.find((line) => line.startsWith('ETag'))!.slice(6);
    for (const [ifRange, status] of [
      [etag, 206],
      ['"x"', 200],
      ['Sun, 13 Sep 2020 12:26:40 GMT', 206],
      ['Sun, 13 Sep 2020 12:26:41 GMT', 200],
    ] as const) {
      assert.equal((await answered(config, '/a%20b.txt', [range, ['If-Range', ifRange]])).status, status, ifRange);
    }
    assert.equal((await answered(config, '/nothing.css', [range])).status, 416);
  });
});

test('a page stands in for what is not there; a maintenance page has its status for every method, its pictures have 200', async () => {
  await withSite(async (config) => {
    const app = { ...config, fallback: ['index.html'] };
    assert.deepEqual((await answered(app, '/some/view')).body, 'home');
    assert.equal((await answered(app, '/out.txt')).body, 'home');
    assert.equal((await answered(app, '/', [], 'POST')).status, 'method-not-allowed');
    const down: FolderConfig = { ...app, status: 503, headers: [{ name: 'Retry-After', value: '60' }] };
    for (const [target, method] of [
      ['/', 'GET'],
      ['/x', 'GET'],
      ['/x', 'POST'],
    ] as const) {
      const answer = await answered(down, target, [['If-None-Match', '*']], method);
      assert.deepEqual([answer.status, answer.body], [503, 'home']);
      assert.ok(answer.lines.includes('Retry-After: 60'));
    }
    assert.equal((await answered(down, '/a%20b.txt')).status, 200);
    assert.equal((await answered({ ...app, fallback: ['none.html'] }, '/x')).status, 'file-not-found');
  });
});

test('a folder that is gone, or is none, has no files', async () => {
  await withSite(async (config, root) => {
    assert.equal((await answered({ ...config, folder: path.join(root, 'nowhere') }, '/')).status, 'file-not-found');
    assert.equal((await answered({ ...config, folder: path.join(root, 'secret.txt') }, '/')).status, 'file-not-found');
  });
});

test('a large file comes whole, in pieces that wait for the sink, and its descriptor is closed', async () => {
  await withSite(async (config, root) => {
    const bytes = pattern(300_000);
    await writeFile(path.join(config.folder, 'big'), bytes);
    const { body } = (await verdictOf(config, '/big')) as ProxyResponse;
    const sink = new KeepSink();
    sink.ready = false;
    body!.start(sink);
    for (let i = 1; !sink.events.includes('end'); i++) {
      await until(() => sink.events.filter((event) => event === 'write').length === i);
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(sink.events.filter((event) => event === 'write').length, i, 'it did not wait');
      body!.resume();
    }
    assert.ok(sink.bytes.equals(bytes));
    await until(() => true);
    assert.equal(body!.length, 300_000);
    await assertClosed(root);
  });
});

test('a body that is cancelled, before, while or after it is read, leaves no descriptor open and tells the sink nothing', async () => {
  await withSite(async (config, root) => {
    await writeFile(path.join(config.folder, 'big'), pattern(300_000));
    for (const when of ['before', 'reading', 'waiting', 'in write'] as const) {
      const { body } = (await verdictOf(config, '/big')) as ProxyResponse;
      const sink = new KeepSink();
      sink.ready = false;
      if (when === 'in write') sink.during = (event) => event === 'write' && body!.cancel(gone);
      if (when !== 'before') body!.start(sink);
      if (when === 'waiting' || when === 'in write') await until(() => sink.events.length > 0);
      body!.cancel(gone);
      body!.resume();
      await assertClosed(root);
      assert.ok(!sink.events.includes('end') && !sink.events.some((event) => event.startsWith('abort')), when);
    }
  });
});

test('a file that grows is cut where it was announced to end, one that shrinks breaks off', async () => {
  await withSite(async (config, root) => {
    const file = path.join(config.folder, 'log');
    await writeFile(file, pattern(100_000));
    const grown = (await verdictOf(config, '/log')) as ProxyResponse;
    await writeFile(file, pattern(200_000), { flag: 'a' });
    const sink = new KeepSink();
    grown.body!.start(sink);
    await until(() => sink.events.includes('end'));
    assert.equal(sink.bytes.length, 100_000);
    const shrunk = (await verdictOf(config, '/log')) as ProxyResponse;
    await truncate(file, 70_000);
    const second = new KeepSink();
    shrunk.body!.start(second);
    await until(() => second.events.includes('abort file-failed'));
    assert.ok(!second.events.includes('end'));
    assert.equal(second.bytes.length, 70_000);
    await assertClosed(root);
  });
});

async function assertClosed(root: string): Promise<void> {
  for (let i = 0; i < 1000 && (await openFiles(root)).length > 0; i++)
    await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(await openFiles(root), []);
}
