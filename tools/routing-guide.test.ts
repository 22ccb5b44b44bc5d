// The tables of docs/guide/routing.md, row by row, against the code.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { loadConfig } from '../src/control/config/load-config.ts';
import type { LoadedConfig } from '../src/control/config/load-result.ts';
import { Headers } from '../src/core/headers.ts';
import { ProxyError } from '../src/core/errors.ts';
import { rewritePath } from '../src/proxy/match/rewrite-path.ts';
import type { RequestView } from '../src/proxy/match/request-view.ts';
import { Router } from '../src/proxy/match/router.ts';
import { parseAuthority } from '../src/wire/authority.ts';
import { normalisePath } from '../src/wire/path.ts';

const guide = await readFile(new URL('../docs/guide/routing.md', import.meta.url), 'utf8');

/** The rows below the table head that begins with these columns, without back-ticks. */
function rowsBelow(head: string): string[][] {
  const lines = guide.slice(guide.indexOf(head)).split('\n').slice(2);
  assert.ok(guide.includes(head), `no table "${head}"`);
  const rows = lines.slice(
    0,
    lines.findIndex((line) => !line.startsWith('|')),
  );
  assert.ok(rows.length > 0);
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

function asking(
  host: string,
  path: string,
  method = 'GET',
  fields: readonly (readonly [string, string])[] = [],
): RequestView {
  const [plain = '', query] = path.split('?');
  const headers = new Headers();
  for (const [name, value] of fields) headers.add(name, value);
  return {
    host,
    method,
    headers,
    target: { path: plain, query: query === undefined ? '' : `?${query}` },
    client: { listener: 'web', tls: undefined },
    scheme: 'http',
    clientAddress: '192.0.2.1',
  };
}

async function load(text: string): Promise<LoadedConfig> {
  const readBytes = async (): Promise<Buffer> => Buffer.from(text);
  const result = await loadConfig('guide.yaml', { environment: {}, instance: 'guide', readFile: readBytes });
  assert.ok(result.ok, JSON.stringify(result));
  return result;
}

function normalised(path: string): string {
  try {
    return normalisePath(path, { mergeSlashes: true });
  } catch (error) {
    assert.ok(error instanceof ProxyError);
    return String(error.status);
  }
}

test('the example of the routing guide sends each request to the route that it says', async () => {
  const { plan } = await load(/```yaml\n(.*?)```/s.exec(guide)![1]!);
  const router = new Router(plan.routes);
  for (const [request, name] of rowsBelow('| request | route |')) {
    const slash = request!.indexOf('/');
    const { host } = parseAuthority(request!.slice(0, slash));
    assert.equal(router.find(asking(host, request!.slice(slash)))?.name, name, `${request}`);
  }
});

test('the conditions of the routing guide choose the routes that it says', async () => {
  const text = [...guide.matchAll(/```yaml\n(.*?)```/gs)]
    .map((each) => each[1]!)
    .find((each) => each.includes('when:'));
  const router = new Router((await load(text!)).plan.routes);
  for (const [request, name] of rowsBelow('| request from 192.0.2.1 | goes to |')) {
    const [, method, path, field, value] = /^([A-Z]+) (\S+)(?: with (\S+): (.+))?$/.exec(request!)!;
    const fields = field === undefined || value === undefined ? [] : [[field, value] as const];
    const found = router.find(asking('example.com', path!, method, fields))?.name ?? 'none';
    assert.equal(found, name, `${request}`);
  }
});

test('a path matches what the routing guide says, and nothing of what it says not', async () => {
  for (const [path, matches, others] of rowsBelow('| `path` | matches |')) {
    const yaml = `listeners: { web: { address: ":0" } }\nroutes: [{ path: ${path!.replace(/ \(.*/, '')}, to: http://10.0.0.1 }]`;
    const router = new Router((await load(yaml)).plan.routes);
    for (const each of matches!.split(', ')) assert.ok(router.find(asking('x', each)), `${path} and ${each}`);
    for (const each of others!.split(', '))
      assert.equal(router.find(asking('x', each)), undefined, `${path} and ${each}`);
  }
});

test('paths are normalised as the routing guide says', () => {
  for (const [path, outcome] of rowsBelow('| request | counts as |'))
    assert.equal(normalised(path!), outcome, `${path}`);
});

test('a server gets the path that the routing guide says', async () => {
  for (const [path, to, request, outcome] of rowsBelow('| `path` | `to` |')) {
    const yaml = `listeners: { web: { address: ":0" } }\nroutes: [{ path: ${path}, to: ${to} }]`;
    const { plan } = await load(yaml);
    const [asked, query = ''] = request!.split('?');
    const route = new Router(plan.routes).find(asking('x', asked!));
    assert.ok(route, `${path} and ${request}`);
    assert.equal(rewritePath(route, asked!) + (query && `?${query}`), outcome, `${path} to ${to}: ${request}`);
  }
});
