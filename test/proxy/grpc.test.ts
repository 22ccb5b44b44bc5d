// gRPC through the whole proxy, with the client and server of grpc-js: the same tests without a proxy between them, by h2c and by TLS.
import assert from 'node:assert/strict';
import { once } from 'node:events';

import * as grpc from '@grpc/grpc-js';

import { grpcSite, type Way } from '../harness/grpc-site.ts';
import { ended } from '../harness/peers/grpc.ts';
import { needing } from '../harness/peers/needing.ts';
import { tlsSite } from '../harness/tls-site.ts';
import { until } from '../harness/until.ts';

const { proxyTest } = needing('openssl');
const tls = tlsSite();
const ways: readonly Way[] = ['direct', 'h2c', 'TLS'];
/** What takes longer is not tried without a proxy each time. */
const proxied: readonly Way[] = ['h2c', 'TLS'];

const hello = Buffer.from('hello');

for (const way of ways) {
  proxyTest(`${way}: a unary call has its message and its metadata, both ways, in text and bytes`, async (world) => {
    const { client } = await grpcSite(world, { way, tls });
    const bytes = Buffer.from([0, 255, 10, 13, 44]);
    const { status, messages, metadata } = await client.echo(hello, { wish: { text: 'a b', bytes } });
    assert.equal(status.code, grpc.status.OK);
    assert.deepEqual(messages, [hello]);
    for (const fields of [metadata!, status.metadata]) {
      assert.deepEqual(fields.get('x-text'), ['a b']);
      assert.deepEqual(fields.get('x-bytes-bin'), [bytes]);
    }
    assert.deepEqual((await client.echo(Buffer.alloc(0))).messages, [Buffer.alloc(0)]);
  });

  proxyTest(
    `${way}: a call that fails is trailers only, with status, words and metadata of the server`,
    async (world) => {
      const { client } = await grpcSite(world, { way, tls });
      const wish = { fail: grpc.status.FAILED_PRECONDITION, details: 'not 100 % ready', text: 'why' };
      const { status, messages } = await client.echo(hello, { wish });
      assert.deepEqual([status.code, status.details], [9, 'not 100 % ready']);
      assert.deepEqual(status.metadata.get('x-text'), ['why']);
      assert.deepEqual(messages, []);
    },
  );

  proxyTest(`${way}: a client streams to a server`, async (world) => {
    const { client } = await grpcSite(world, { way, tls });
    const messages = Array.from({ length: 500 }, (_, i) => Buffer.alloc(i * 10, i));
    const called = await client.collect(messages);
    assert.equal(called.status.code, grpc.status.OK);
    assert.deepEqual(JSON.parse(called.messages[0]!.toString()), { messages: 500, bytes: 1_247_500 });
    assert.deepEqual(JSON.parse((await client.collect([])).messages[0]!.toString()), { messages: 0, bytes: 0 });
  });

  proxyTest(`${way}: a server streams to a client`, async (world) => {
    const { client } = await grpcSite(world, { way, tls });
    const { status, messages } = await ended(client.count({ count: 1000, size: 1000 }));
    assert.equal(status.code, grpc.status.OK);
    assert.equal(messages.length, 1000);
    assert.ok(messages.every((message) => message.length === 1000 && message[999] === 7));
    assert.equal((await ended(client.count({ count: 0, size: 5 }))).status.code, grpc.status.OK);
  });

  proxyTest(`${way}: both sides stream, each message answered before the next`, async (world) => {
    const { client } = await grpcSite(world, { way, tls });
    const call = client.chat();
    const over = ended(call);
    for (let i = 0; i < 50; i++) {
      const message = Buffer.from(`message ${i}`);
      call.write(message);
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const [answer] = (await once(call, 'data')) as [Buffer];
      assert.deepEqual(answer, message);
    }
    call.end();
    assert.equal((await over).status.code, grpc.status.OK);
  });

  proxyTest(`${way}: messages of 4 MB, both ways, also several at once and compressed`, async (world) => {
    const { client } = await grpcSite(world, { way, tls });
    const large = Buffer.alloc(4 * 1024 * 1024, 'large ');
    const calls = await Promise.all(Array.from({ length: 4 }, () => client.echo(large)));
    for (const { messages } of calls) assert.ok(messages[0]!.equals(large));
    const zipping = { 'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip };
    const zipped = await grpcSite(world, { way, tls, client: zipping, server: zipping });
    assert.ok((await zipped.client.echo(large)).messages[0]!.equals(large));
  });

  proxyTest(`${way}: a client that cancels is heard of by the server`, async (world) => {
    const { client, server } = await grpcSite(world, { way, tls });
    await client.echo(hello); // Or the deadline could be over before there is a connection.
    const unary = client.echo(hello, { wish: { hang: true }, deadlineMs: 500 });
    assert.equal((await unary).status.code, grpc.status.DEADLINE_EXCEEDED);
    await until('the end of the call at the server', () => server.cancelled === 1);
    const stream = client.count({ size: 100_000 });
    await once(stream, 'data');
    stream.cancel();
    assert.equal((await ended(stream)).status.code, grpc.status.CANCELLED);
    await until('the end of the stream at the server', () => server.cancelled === 2);
    const chat = client.chat().on('error', () => {});
    chat.write(hello);
    await once(chat, 'data');
    chat.cancel();
    await until('the end of the chat at the server', () => server.cancelled === 3);
    assert.deepEqual((await client.echo(hello)).messages, [hello]);
  });
}

for (const way of proxied) {
  proxyTest(`${way}: 1,000 calls at once`, async (world) => {
    const { client, server } = await grpcSite(world, { way, tls });
    const messages = Array.from({ length: 1000 }, (_, i) => Buffer.from(`call ${i}`));
    const calls = await Promise.all(messages.map((message) => client.echo(message)));
    for (const [i, { status, messages: got }] of calls.entries()) {
      assert.equal(status.code, grpc.status.OK, `${i}: ${status.details}`);
      assert.deepEqual(got, [messages[i]]);
    }
    assert.equal(server.begun, 1000);
  });

  proxyTest(`${way}: a client that asks by PING whether we are there gets on well`, async (world) => {
    const { client, server } = await grpcSite(world, {
      way,
      tls,
      client: { 'grpc.keepalive_time_ms': 20, 'grpc.keepalive_permit_without_calls': 1 },
    });
    const held = client.echo(hello, { wish: { hold: true } });
    await until('the call at the server', () => server.held.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    server.release();
    assert.equal((await held).status.code, grpc.status.OK);
    assert.equal(server.peers.size, 1);
  });

  proxyTest(`${way}: a server that drains loses no calls`, async (world) => {
    const { client, server } = await grpcSite(world, {
      way,
      tls,
      server: { 'grpc.max_connection_age_ms': 150, 'grpc.max_connection_age_grace_ms': 20_000 },
    });
    const held = client.echo(hello, { wish: { hold: true } });
    await until('the call at the server', () => server.held.length === 1);
    // Other calls come and go while its connections are told to go, one after the other.
    const end = performance.now() + 1000;
    while (performance.now() < end || server.peers.size <= 2) {
      // oxlint-disable-next-line no-await-in-loop -- wave after wave
      const calls = await Promise.all(Array.from({ length: 10 }, () => client.echo(hello)));
      for (const { status } of calls) assert.equal(status.code, grpc.status.OK, status.details);
    }
    server.release();
    assert.equal((await held).status.code, grpc.status.OK);
    assert.ok(server.peers.size > 2, `${server.peers.size} connections`);
  });
}
