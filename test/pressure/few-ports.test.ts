/** Local ports used up: each connection to a server takes one of those that the system hands out. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { folderFor } from '../cli/command.ts';
import { needing } from '../harness/peers/needing.ts';
import { isAllowed } from '../service/packages/in-root.ts';
import type { Seen } from './few-ports-child.ts';

const { test } = needing('unshare', 'ip');
const child = fileURLToPath(new URL('few-ports-child.ts', import.meta.url));
const setUp = 'ip link set lo up && echo "40000 40011" >/proc/sys/net/ipv4/ip_local_port_range';
const run = ' && exec "$NODE" --no-warnings "$@"';

async function seenWith(t: TestContext, ...sourceAddress: readonly string[]): Promise<Seen> {
  const args = ['--net', 'sh', '-c', setUp + run, 'sh', child, join(folderFor(t), 'web.sock'), ...sourceAddress];
  const env = { ...process.env, NODE: process.execPath };
  const { stdout } = await promisify(execFile)('unshare', args, { env, timeout: 60_000, killSignal: 'SIGKILL' });
  return JSON.parse(stdout) as Seen;
}

const allowed = (t: TestContext): boolean => {
  if (isAllowed('--net', 'sh', '-c', `${setUp} && exec "$@"`, 'sh')) return true;
  t.skip('only root may make a network of its own and set it up, and not in every container');
  return false;
};

test('a server towards which no local port is left has not failed, and another one is asked', async (t) => {
  if (!allowed(t)) return;
  const { statuses, held, reasons, failures, after } = await seenWith(t);
  assert.deepEqual([statuses, held], [{ 200: 24, 503: 6 }, [12, 12]]);
  assert.deepEqual([reasons, failures], [['server-full'], []]);
  assert.equal(after, '0', 'the first of the pool, as before');
});

test('with a source address the ports are for all servers together', async (t) => {
  if (!allowed(t)) return;
  const { statuses, held, reasons, failures, after } = await seenWith(t, '127.0.0.1');
  assert.deepEqual([statuses, held], [{ 200: 12, 503: 18 }, [12, 0]]);
  assert.deepEqual([reasons, failures], [['overloaded'], []]);
  assert.equal(after, '0');
});

test('an IPv6 server cannot be reached where IPv6 is off: that is not for want of ports', async (t) => {
  if (!allowed(t)) return;
  const dial = new URL('../../src/proxy/upstream/dial.ts', import.meta.url).href;
  const address = "{ kind: 'tcp', addresses: ['::1'], port: 80 }";
  const code = `const { dial } = await import('${dial}');
    dial({ address: ${address}, sourceAddress: undefined, timeoutMs: 5000, buffer: undefined }, ({ code }) => console.log(code));`;
  const off = 'ip link set lo up && echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; exec "$@"';
  const args = ['--net', 'sh', '-c', off, 'sh', process.execPath, '--no-warnings', '--input-type=module', '-e', code];
  const { stdout } = await promisify(execFile)('unshare', args, { timeout: 60_000, killSignal: 'SIGKILL' });
  assert.equal(stdout, 'server-unreachable\n');
});
