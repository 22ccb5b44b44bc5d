import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type ListenOptions } from 'node:net';

const first = 10_000;
const last = 65_535;
const tries = 1000;

/**
 * A port of loopback on which nobody listens, for this process alone until it ends: no other test gets it, and the system
 * gives it to no connection, as it is none of those that it hands out by itself. So it can be closed and opened again.
 */
export async function freePort(): Promise<number> {
  const ports = portsNotHandedOut();
  const start = Math.floor(Math.random() * ports.length);
  for (let i = 0; i < tries; i++) {
    const port = ports[(start + i) % ports.length]!;
    if ((await isClaimed(port)) && (await isFree(port))) return port;
  }
  return assert.fail(`none of ${tries} ports is free`);
}

let known: readonly number[] | undefined;

/** Those outside of the range for outgoing connections and for `listen(0)`; all, where that leaves none. */
function portsNotHandedOut(): readonly number[] {
  if (known !== undefined) return known;
  const range = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/).map(Number);
  const [low = first, high = last] = range;
  const all = Array.from({ length: last + 1 - first }, (_, i) => first + i);
  const outside = all.filter((port) => port < low || port > high);
  known = outside.length === 0 ? all : outside;
  return known;
}

/** Whether this process has it now: a name without a file, which the system gives to one process and takes back at its end. */
async function isClaimed(port: number): Promise<boolean> {
  return await listens({ path: `\0postern-test-port-${port}` }, false);
}

async function isFree(port: number): Promise<boolean> {
  return await listens({ port, host: '127.0.0.1' }, true);
}

async function listens(where: ListenOptions, close: boolean): Promise<boolean> {
  const server = createServer().listen(where);
  server.unref();
  try {
    await once(server, 'listening');
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'EADDRINUSE');
    return false;
  }
  if (close) await new Promise((resolve) => void server.close(resolve));
  return true;
}
