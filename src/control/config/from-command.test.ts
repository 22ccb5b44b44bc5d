import assert from 'node:assert/strict';
import { test } from 'node:test';

import { formatProblem } from './config-problem.ts';
import { planFromCommand } from './from-command.ts';

const env = { environment: {}, instance: 'test' };

async function refusals(from: string, ...to: string[]): Promise<readonly string[]> {
  const result = await planFromCommand(from, to, env);
  return result.ok ? ['fine'] : result.problems.map(formatProblem);
}

test('one --to makes a route that keeps the path', async () => {
  const result = await planFromCommand(':8080', ['http://localhost:3000'], env);
  assert.ok(result.ok);
  const { listeners, routes, pools } = result.plan;
  assert.deepEqual(
    listeners.map(({ address }) => address),
    [{ kind: 'tcp', host: undefined, port: 8080 }],
  );
  assert.deepEqual(
    routes.map(({ replacePrefix, pool }) => [replacePrefix, pool]),
    [[undefined, 'http://localhost:3000']],
  );
  assert.deepEqual(pools[0]?.servers[0]?.address, { kind: 'tcp', host: 'localhost', port: 3000 });
});

test('several --to are the servers of one pool', async () => {
  const result = await planFromCommand('127.0.0.1:0', ['http://a:1', 'http://b:2', 'unix:/run/c.sock'], env);
  assert.ok(result.ok);
  assert.deepEqual(
    result.plan.pools.map(({ servers }) => servers.map(({ name }) => name)),
    [['http://a:1', 'http://b:2', 'unix:/run/c.sock']],
  );
});

test('problems name the option', async () => {
  assert.deepEqual(await refusals('8080', 'localhost:3000'), [
    '--from: Cannot use "8080": there is no colon before the port, write ":8080"',
    '--to: Cannot use "localhost:3000": a server is a URL, write "http://localhost:3000"',
  ]);
  assert.deepEqual(await refusals(':80', 'app'), [
    '--to: Cannot use "app": a server is a URL, write for example http://localhost:3000 or unix:/run/app.sock',
  ]);
  assert.deepEqual(await refusals(':80', 'http://a', 'http://b/x', 'http://a:80'), [
    '--to[1]: Cannot use "http://b/x": a server of a pool has no path, write "http://b"',
    '--to[2]: Cannot use this server twice in one pool: it is also on --to[0], leave one of them out',
  ]);
  assert.match((await refusals(':80'))[0]!, /^--to: Cannot use an empty list/);
});

test('a control character in an argument is refused', async () => {
  assert.match((await refusals(':80', 'unix:/run/\u001B[31m'))[0]!, /control character/);
});

test('nothing is substituted on the command line', async () => {
  assert.match((await refusals(':80', 'http://${HOME}'))[0]!, /host name/);
});
