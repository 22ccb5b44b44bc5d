// Many calls at once that end in all ways at all moments: nothing may be left of them, and those that are let be must be whole.
import assert from 'node:assert/strict';

import * as grpc from '@grpc/grpc-js';

import { grpcSite } from '../harness/grpc-site.ts';
import { ended, type GrpcClient } from '../harness/peers/grpc.ts';
import { proxyTest } from '../harness/proxy-test.ts';

const CALLS = 1500;
const AT_ONCE = 100;

/** Numbers that are the same each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Calls one kind of thing. @returns what is wrong with how it went; undefined: nothing. */
type Kind = (client: GrpcClient, message: Buffer, next: () => number) => Promise<string | undefined>;

function judged({ code, details }: grpc.StatusObject, wanted: grpc.status, whole = true): string | undefined {
  return code === wanted && whole ? undefined : `${grpc.status[wanted]} became ${code}: ${details}`;
}

const echo: Kind = async (client, message) => {
  const { status, messages } = await client.echo(message);
  return judged(status, grpc.status.OK, messages[0]?.equals(message));
};

const hang: Kind = async (client, message, next) => {
  const { status } = await client.echo(message, { wish: { hang: true }, deadlineMs: 1 + next() * 60 });
  return judged(status, grpc.status.DEADLINE_EXCEEDED);
};

const failing: Kind = async (client, message) => {
  const { status } = await client.echo(message, { wish: { fail: grpc.status.ABORTED } });
  return judged(status, grpc.status.ABORTED);
};

const endless: Kind = async (client, message, next) => {
  const stream = client.count({ size: 1 + message.length });
  setTimeout(() => stream.cancel(), next() * 30);
  return judged((await ended(stream)).status, grpc.status.CANCELLED);
};

const chat: Kind = async (client, message) => {
  const stream = client.chat();
  for (let i = 0; i < 5; i++) stream.write(message);
  stream.end();
  const { status, messages } = await ended(stream);
  return judged(status, grpc.status.OK, messages.length === 5);
};

const brokenChat: Kind = async (client, message, next) => {
  const stream = client.chat();
  for (let i = 0; i < 5; i++) stream.write(message);
  setTimeout(() => stream.cancel(), next() * 20);
  return judged((await ended(stream)).status, grpc.status.CANCELLED);
};

const kinds: readonly Kind[] = [echo, hang, failing, endless, chat, brokenChat];

proxyTest('a storm of calls, of which half are given up, leaves nothing behind', async (world) => {
  const { client, server, proxy } = await grpcSite(world);
  const next = random(7);
  const wrong: string[] = [];
  let left = CALLS;
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const found = await kinds[left % kinds.length]!(client, Buffer.alloc(next() * 30_000, 'm'), next);
      if (found !== undefined) wrong.push(found);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  assert.deepEqual(wrong, []);
  // Those that nobody gives up; of the others any may end before the server has heard of it.
  assert.ok(server.begun >= CALLS / 2, `${server.begun} calls`);
  assert.deepEqual(
    proxy!.messages.filter((text) => /bug|internal/i.test(text)),
    [],
  );
});
