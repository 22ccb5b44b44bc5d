/** Crowds of slow clients. `node test/pressure/slow-clients.ts` does the same with 2,000 of them, and measures. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

import { needing } from '../harness/peers/needing.ts';
import { assertSound, holds, memoryOf, startChild } from './proxy-child.ts';
import { attack, attacks, largePath, Others } from './slow-attack.ts';

const { test } = needing('slowhttptest');

const connections = 250;

async function server(t: TestContext): Promise<string> {
  const large = Buffer.alloc(1_048_576, 0x61);
  const made = createServer((request, response) => {
    request.resume();
    request.on('error', () => {});
    // The body is waited for, as applications do.
    request.on('end', () => response.end(request.url === largePath ? large : 'small'));
  });
  made.listen(0, '127.0.0.1');
  await once(made, 'listening');
  t.after(() => {
    made.closeAllConnections();
    made.close();
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on TCP
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}`;
}

function yamlFor(url: string): string {
  return `listeners:
  web:
    address: "127.0.0.1:0"
    timeouts: { head: 1500ms, bodyIdle: 1s, write: 1s }
routes: [{ to: "${url}" }]
accessLog: { file: access.log }
`;
}

for (const each of attacks) {
  test(`others are served while ${connections} clients have slow ${each.name}, each of which ends by ${each.reason}`, async (t) => {
    const child = await startChild(t, yamlFor(await server(t)));
    const others = new Others(`${child.url}/others`, 4, 5);
    t.after(() => others.stop());
    await holds('answers for others', () => child.lines().length > 50);
    const before = memoryOf(child.pid);
    const attacking = attack(each, child.url, { connections, rate: 1000, seconds: 90 });
    t.after(() => attacking.stop());
    const ended = (): number => child.lines().filter(({ reason }) => reason === each.reason).length;
    await holds('a line for each slow client', () => ended() >= connections);
    const grown = memoryOf(child.pid) - before;
    await others.stop();
    const { failures } = others.take();
    assert.equal(failures, 0, 'failures of others');
    attacking.stop(); // Those who read what was already on its way would take their time.
    await attacking.ended;
    assert.ok(grown < 100 * 1_048_576, `${grown} bytes more than before`);
    await assertSound(child);
  });
}
