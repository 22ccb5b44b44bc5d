/** A proxy before two servers in a network of its own with a dozen local ports. Says what it saw as one line of JSON. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';

import { createProxy } from '../../src/index.ts';

export interface Seen {
  /** How many of the requests that were held got which status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** How many each server held at once. */
  readonly held: readonly number[];
  /** Codes of failures, and servers that are said to have failed. */
  readonly reasons: readonly string[];
  readonly failures: readonly string[];
  /** What came when all had been let go. */
  readonly after: string;
}

const [, , socketPath, sourceAddress] = process.argv;
const most = 30;
const waiting: http.ServerResponse[][] = [[], []];
const mostWaiting = [0, 0];

async function origin(index: number): Promise<string> {
  const server = http.createServer((request, response) => {
    const held = waiting[index]!;
    if (request.url === '/hold') mostWaiting[index] = Math.max(mostWaiting[index]!, held.push(response));
    else response.end(String(index));
  });
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => void server.listen(9000 + index, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function ask(path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const request = http.get({ socketPath, path, agent: false }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode!, body }));
    });
    request.on('error', reject);
  });
}

/** Asks for what is held, until each is held or refused; then all are let go. */
async function hold(path: string): Promise<Record<string, number>> {
  const statuses: Record<string, number> = {};
  let ended = 0;
  const all = Array.from({ length: most }, async () => {
    const { status } = await ask(path);
    ended++;
    statuses[status] = (statuses[status] ?? 0) + 1;
  });
  while (ended + waiting.flat().length < most) await new Promise((resolve) => setTimeout(resolve, 20));
  for (const held of waiting) for (const response of held.splice(0)) response.end('held');
  await Promise.all(all);
  return statuses;
}

const servers = [await origin(0), await origin(1)];
const proxy = createProxy({
  listeners: { web: { address: `unix:${socketPath}` } },
  accessLog: false,
  routes: [{ to: 'app' }],
  pools: { app: { servers, balance: 'first', ...(sourceAddress !== undefined && { sourceAddress }) } },
});
await proxy.start();
const statuses = await hold('/hold');
const after = (await ask('/after')).body;
const metrics = await proxy.metrics();
const found = (pattern: RegExp): string[] => Array.from(metrics.matchAll(pattern), ([, text]) => text!);
const seen: Seen = {
  statuses,
  held: mostWaiting,
  reasons: found(/^postern_errors_total\{reason="([^"]+)"\} [1-9]/gm),
  failures: found(/^(postern_server_(?:failures|ejections)_total\{.*\}) [1-9]/gm),
  after,
};
process.stdout.write(JSON.stringify(seen));
await proxy.close({ now: true });
process.exit();
