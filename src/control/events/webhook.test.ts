import assert from 'node:assert/strict';
import http from 'node:http';
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import type { Logger } from '../../core/log.ts';
import { BackOff } from '../back-off.ts';
import { EventQueue, type Delivery } from './event-queue.ts';
import { eventKinds, type ServerEvent } from './server-event.ts';
import { Webhook } from './webhook.ts';

const quiet: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

async function until(what: string, holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end;) {
    if (holds()) return;
    // oxlint-disable-next-line no-await-in-loop -- it polls
    await pause(3);
  }
  assert.fail(`never came: ${what}`);
}

const event: ServerEvent = {
  event: 'server-down',
  at: '2026-01-01T00:00:00.000Z',
  pool: 'app',
  server: 'http://a',
  why: 'connection refused',
  beforeMs: 5,
  usable: 1,
  servers: 2,
};

interface Heard {
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

async function hook(t: TestContext, statuses: (number | undefined)[]): Promise<{ url: string; heard: Heard[] }> {
  const heard: Heard[] = [];
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      heard.push({ headers: request.headers, body });
      const status = statuses.length > 1 ? statuses.shift() : statuses[0];
      if (status !== undefined) response.writeHead(status).end('x'.repeat(100_000));
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/hook?a=1`, heard };
}

void test('events are posted as JSON with the fields of the config, and only those that are asked for', async (t) => {
  const { url, heard } = await hook(t, [204]);
  const webhook = new Webhook({ log: quiet, version: '1.2.3' });
  t.after(() => webhook.stop());
  webhook.tell(event); // Nobody wants it.
  webhook.follow({ url, headers: { authorization: 'Bearer x' }, on: ['server-down', 'pool-down'], timeoutMs: 5000 });
  webhook.tell({ ...event, event: 'server-up' });
  webhook.tell(event);
  webhook.tell({ ...event, event: 'pool-down', server: undefined });
  await until('both', () => webhook.counts.sent === 2);
  assert.deepEqual(
    heard.map(({ body }) => (JSON.parse(body) as { event: string }).event),
    ['server-down', 'pool-down'],
  );
  const { host, version, ...rest } = JSON.parse(heard[0]!.body) as ServerEvent & { host: string; version: string };
  assert.deepEqual([rest, version, typeof host], [event, '1.2.3', 'string']);
  const { headers } = heard[0]!;
  assert.deepEqual([headers.authorization, headers['content-type']], ['Bearer x', 'application/json']);
});

void test('what is not taken is sent again, unless the answer says that it never will be', async (t) => {
  const { url, heard } = await hook(t, [503, 429, 200, 400, 200]);
  const send = async (body: string): Promise<Delivery> => {
    const answer = await fetch(url, { method: 'POST', body });
    if (answer.ok) return { kind: 'taken' };
    return { kind: answer.status === 400 ? 'refused' : 'later', why: `it answers with ${answer.status}` };
  };
  const waits: number[] = [];
  const backOff = new BackOff({ minMs: 1000, maxMs: 4000 }, () => 0);
  const queue = new EventQueue({
    send,
    log: quiet,
    backOff,
    after: (ms, call) => (waits.push(ms), setImmediate(call)),
  });
  for (const body of ['one', 'two', 'three']) queue.add(body);
  await until('all', () => queue.sent === 2);
  assert.deepEqual(
    heard.map(({ body }) => body),
    ['one', 'one', 'one', 'two', 'three'],
  );
  assert.deepEqual([waits, queue.dropped, queue.waiting], [[1000, 2000], 1, 0]);
});

void test('a hook that does not answer is given up after its time, and the next try follows', async (t) => {
  const { url, heard } = await hook(t, [undefined, 200]);
  const webhook = new Webhook({ log: quiet, version: '1' });
  t.after(() => webhook.stop());
  webhook.follow({ url, headers: {}, on: eventKinds, timeoutMs: 1000 });
  webhook.tell(event);
  await until('another try', () => webhook.counts.sent === 1);
  assert.equal(heard.length, 2);
});

void test('1,000 messages wait; one more takes the place of the oldest that is not on its way', async () => {
  const sent: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const send = async (body: string): Promise<Delivery> => {
    await promise;
    sent.push(body);
    return { kind: 'taken' };
  };
  const queue = new EventQueue({ send, log: quiet });
  for (let i = 0; i < 1005; i++) queue.add(String(i));
  assert.deepEqual([queue.waiting, queue.dropped], [1000, 5]);
  resolve();
  await until('all', () => queue.sent === 1000);
  assert.deepEqual(sent.slice(0, 3), ['0', '6', '7']);
});

void test('after twelve tries a message is dropped, and the next has its turn', async () => {
  const tries = new Map<string, number>();
  const send = async (body: string): Promise<Delivery> => {
    tries.set(body, (tries.get(body) ?? 0) + 1);
    return body === 'bad' ? { kind: 'later', why: 'nobody listens' } : { kind: 'taken' };
  };
  const queue = new EventQueue({ send, log: quiet, after: (_, call) => void setImmediate(call) });
  queue.add('bad');
  queue.add('good');
  await until('the good one', () => queue.sent === 1);
  assert.deepEqual([Object.fromEntries(tries), queue.dropped], [{ bad: 12, good: 1 }, 1]);
});

void test('close() ends it, also between two tries', async () => {
  let tries = 0;
  const send = async (): Promise<Delivery> => {
    tries += 1;
    return { kind: 'later', why: 'nobody listens' };
  };
  const calls: (() => void)[] = [];
  const queue = new EventQueue({ send, log: quiet, after: (_, call) => void calls.push(call) });
  queue.add('one');
  await until('a try', () => calls.length === 1);
  queue.close();
  calls[0]!();
  queue.add('two');
  await pause(5);
  assert.deepEqual([tries, queue.waiting, queue.dropped], [1, 0, 2]);
});
