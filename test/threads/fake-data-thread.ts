/** A data thread whose data plane does what the plan's `instance` says; for the tests of its host. */
import { execSync } from 'node:child_process';
import { parentPort } from 'node:worker_threads';

import { ProxyError } from '../../src/core/errors.ts';
import { serveThread } from '../../src/control/threads/serve-thread.ts';
import type { BoundListener, DataPlane, NameUpdate, Plan } from '../../src/proxy/index.ts';

const names = new Map<string, readonly string[]>();
let instance = '';
let ports: number[] = [];
/** The thread that takes the place of another has the ports of that one. */
let isFirst = true;

function setNames(updates: readonly NameUpdate[]): void {
  if (instance === 'die before the names' && isFirst) process.exit(7);
  for (const { name, addresses } of updates) names.set(name, addresses);
}

/** Until the test removes the file, or 20 s. */
const waitWhileThere = 'for i in $(seq 400); do [ -e "$FILE" ] || break; sleep 0.05; done';

/** What main asks for by the plan, once it has been answered. */
function misbehave(): void {
  const [fault, once] = instance.split(' ');
  if (once === 'once' && !isFirst) return;
  if (fault === 'throw') throw new Error('planted');
  if (fault === 'exit') process.exit(7);
  if (instance === 'hang') for (;;);
  if (instance.startsWith('block ')) execSync(waitWhileThere, { env: { ...process.env, FILE: instance.slice(6) } });
}

async function apply(plan: Plan): Promise<readonly BoundListener[]> {
  if (plan.instance === 'refuse') throw new ProxyError('listen-failed', 'Cannot listen on 127.0.0.1:1: planted');
  if (plan.instance === 'die while applying') process.exit(7);
  if (plan.instance === 'never answer') await new Promise(() => {});
  instance = plan.instance;
  setTimeout(misbehave, 20);
  isFirst = plan.listeners.every(({ address }) => address.kind === 'tcp' && address.port === 0);
  ports = plan.listeners.map(({ address }) => (address.kind === 'tcp' ? address.port || 40_000 : 0));
  return plan.listeners.map(({ name }, at) => ({ name, address: `127.0.0.1:${ports[at]}` }));
}

serveThread(parentPort!, ({ log }): DataPlane => {
  return {
    prepare: async () => {},
    apply,
    setNames,
    cut: () => {},
    traced: () => undefined,
    listeningSockets: () => [],
    takeOver: () => {},
    explain: () => Promise.reject(new Error('not asked')),
    setTlsSecrets: () => {},
    reopenLog: async () => log.info('reopened', { at: 1 }),
    status: () => ({
      listeners: ports.map((port) => ({ name: instance, address: `127.0.0.1:${port}`, connections: 0 })),
      connections: 0,
      connectionsTotal: 0,
      connectionsRefused: 0,
      exchanges: 0,
      exchangesTotal: 0,
      tunnels: 0,
      pools: [...names].map(([name, addresses]) => ({
        name,
        servers: [{ name, addresses, open: 0, idle: 0, exchangesTotal: 0, failuresTotal: 0 }],
      })),
      accessLog: { written: 0, dropped: 0 },
      loop: { mean: 0, p99: 0, max: 0 },
      heapBytes: 0,
    }),
    drain: async () => {},
    stop: async () => void (instance === 'slow to end' && setImmediate(() => execSync('sleep 1'))),
  };
});
