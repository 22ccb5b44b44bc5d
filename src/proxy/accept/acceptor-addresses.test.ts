import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { at, echoed, portOf, setUp } from './acceptor-setting.test.ts';
import { connectTo, tcp, until } from './fixtures.test.ts';

test('a listener on IPv4 says its address and passes connections on with theirs', async () => {
  await setUp(async ({ open, connections, gate }) => {
    const listener = await open(tcp('127.0.0.1'));
    assert.match(listener.address, /^127\.0\.0\.1:[1-9]\d*$/);
    assert.equal(listener.name, 'web');
    const client = await connectTo(at('127.0.0.1', listener));
    await until(() => connections.length === 1);
    const { address, port, localPort, listener: of } = connections[0]!;
    assert.deepEqual([address, port, localPort], ['127.0.0.1', client.localPort, portOf(listener)]);
    assert.equal(of, listener);
    assert.deepEqual([listener.connections, gate.open, gate.total], [1, 1, 1]);
    client.destroy();
    await until(() => listener.connections === 0);
    connections[0]!.socket.emit('close', false); // Said twice, counted once.
    assert.deepEqual([listener.connections, gate.open, gate.total], [0, 0, 1]);
  });
});

test('a listener on IPv6 writes its address in brackets', async () => {
  await setUp(async ({ open, connections }) => {
    const listener = await open(tcp('::1'));
    assert.match(listener.address, /^\[::1\]:[1-9]\d*$/);
    assert.equal(await echoed(at('::1', listener)), 'hello');
    assert.equal(connections[0]!.address, '::1');
  });
});

test('a listener without a host answers on IPv4 and IPv6; IPv4 clients have IPv4 addresses', async () => {
  await setUp(async ({ open, connections }) => {
    const listener = await open(tcp(undefined));
    assert.match(listener.address, /^\[::\]:[1-9]\d*$/);
    assert.equal(await echoed(at('127.0.0.1', listener)), 'hello');
    assert.equal(await echoed(at('::1', listener)), 'hello');
    assert.deepEqual(
      connections.map(({ address }) => address),
      ['127.0.0.1', '::1'],
    );
  });
});

test('one address of a listener that is still open may be all of the machine, and the other way round', async () => {
  await setUp(async ({ open, connections }) => {
    const one = await open(tcp('127.0.0.1'));
    const all = await open(tcp(undefined, portOf(one)));
    assert.equal(await echoed(at('::1', one)), 'hello');
    await one.close();
    assert.equal(await echoed(at('127.0.0.1', one)), 'hello');
    const again = await open(tcp('127.0.0.1', portOf(one)));
    await all.close();
    assert.equal(await echoed(at('127.0.0.1', one)), 'hello');
    assert.deepEqual(
      connections.map(({ listener }) => listener),
      [all, all, again],
    );
  });
});

test('0.0.0.0 and [::] are two listeners', async () => {
  await setUp(async ({ open, connections }) => {
    const four = await open(tcp('0.0.0.0'));
    const six = await open(tcp('::', portOf(four)));
    assert.equal(await echoed(at('::1', four)), 'hello');
    assert.equal(await echoed(at('127.0.0.1', four)), 'hello');
    assert.deepEqual(
      connections.map(({ listener }) => listener),
      [six, four],
    );
  });
});

test("an address that is another program's is refused, though a part of it is ours", async () => {
  await setUp(async ({ open }) => {
    const ours = await open(tcp('127.0.0.1'));
    const theirs = net.createServer().listen({ host: '::1', port: portOf(ours) });
    await until(() => theirs.listening);
    await assert.rejects(open(tcp(undefined, portOf(ours))), /another program listens there already/);
    theirs.close();
    assert.equal(await echoed(at('127.0.0.1', ours)), 'hello');
  });
});
