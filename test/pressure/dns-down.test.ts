/** DNS that fails, is silent, or is not there at all. */
import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { decode, encode } from 'dns-packet';

import { origin } from '../cli/command.ts';
import { answers, ask, assertSound, holds, startChild } from './proxy-child.ts';

/** `well`: every name is 127.0.0.1 for a second. `failing`: SERVFAIL. `silent`: nothing comes back. */
type Mood = 'well' | 'failing' | 'silent';

class NameServer {
  mood: Mood = 'well';
  questions = 0;
  readonly #socket: Socket = createSocket('udp4');

  static async start(t: TestContext): Promise<NameServer> {
    const server = new NameServer();
    server.#socket.on('message', (bytes, from) => server.#answer(bytes, from.port));
    server.#socket.bind(0, '127.0.0.1');
    await once(server.#socket, 'listening');
    t.after(() => void server.#socket.close());
    return server;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  #answer(bytes: Buffer, port: number): void {
    this.questions += 1;
    if (this.mood === 'silent') return;
    const { id, questions = [] } = decode(bytes);
    const [question] = questions;
    const known = this.mood === 'well' && question?.type === 'A';
    const answer = encode({
      type: 'response',
      ...(id !== undefined && { id }),
      flags: this.mood === 'failing' ? 2 : 0, // SERVFAIL
      questions,
      answers: known ? [{ type: 'A' as const, name: question.name, ttl: 1, data: '127.0.0.1' }] : [],
    });
    this.#socket.send(answer, port, '127.0.0.1');
  }
}

function yamlFor(dns: number, port: string): string {
  return `listeners: { web: { address: "127.0.0.1:0" } }
routes: [{ to: "http://app.test:${port}" }, { path: /other, to: "http://other.test:${port}" }]
accessLog: { file: access.log }
dns: { servers: ["127.0.0.1:${dns}"], hostsFile: /dev/null }
`;
}

test('while DNS fails or is silent, names keep the addresses that they had', async (t) => {
  await Promise.all([keepsAddresses(t, 'failing'), keepsAddresses(t, 'silent')]);
});

async function keepsAddresses(t: TestContext, mood: Mood): Promise<void> {
  const [dns, server] = [await NameServer.start(t), await origin(t, 'one')];
  const { port } = new URL(server.url);
  const child = await startChild(t, yamlFor(dns.port, port));
  const { url, running } = child;
  await answers(`${url}/first`, 200);
  dns.mood = mood;
  await running.said(/its last known addresses stay in use: 127\.0\.0\.1/);
  for (let i = 0; i < 20; i++) assert.equal((await ask(`${url}/${i}`)).status, 200);
  // A reload asks nobody for what is known.
  child.reload(`${yamlFor(dns.port, port)}grace: 5s\n`);
  await running.said(/The new config is in force/);
  assert.equal((await ask(`${url}/reloaded`)).status, 200);
  dns.mood = 'well';
  await running.said(/app\.test resolves again/);
  await assertSound(child);
}

test('a name that never resolved gets 503 and "dns-failure", costs DNS few questions, and works once DNS does', async (t) => {
  const [dns, server] = [await NameServer.start(t), await origin(t, 'one')];
  dns.mood = 'failing';
  const child = await startChild(t, yamlFor(dns.port, new URL(server.url).port));
  const { url } = child;
  const before = dns.questions;
  for (let i = 0; i < 100; i++) {
    const { status, text } = await ask(`${url}/${i}`);
    assert.equal(status, 503);
    assert.match(text, /"error":"dns-failure"/);
  }
  assert.ok(dns.questions - before < 50, `${dns.questions - before} questions for 100 requests`);
  dns.mood = 'well';
  await answers(`${url}/later`, 200);
  await assertSound(child);
  await holds('the reason in the log', () => child.lines().some(({ reason }) => reason === 'dns-failure'));
});
