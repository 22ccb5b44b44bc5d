import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ConnectionGate } from './connection-gate.ts';

test('a new gate has no limits', () => {
  const gate = new ConnectionGate();
  for (let i = 0; i < 10_000; i++) assert.equal(gate.enter('192.0.2.1'), 'ok');
  assert.deepEqual([gate.open, gate.total, gate.refused], [10_000, 10_000, 0]);
});

test('enter() refuses past the limit of connections, and lets in again after leave()', () => {
  const gate = new ConnectionGate({ total: 2, perClient: 0 });
  assert.equal(gate.enter('192.0.2.1'), 'ok');
  assert.equal(gate.enter('unix'), 'ok');
  assert.equal(gate.enter('192.0.2.2'), 'too-many-connections');
  gate.leave('unix');
  assert.equal(gate.enter('192.0.2.2'), 'ok');
  assert.deepEqual([gate.open, gate.total, gate.refused], [2, 3, 1]);
});

test('enter() refuses past the limit of one client, and no other client', () => {
  const gate = new ConnectionGate({ total: 100, perClient: 1 });
  assert.equal(gate.enter('192.0.2.1'), 'ok');
  assert.equal(gate.enter('192.0.2.1'), 'too-many-client-connections');
  assert.equal(gate.enter('192.0.2.2'), 'ok');
  gate.leave('192.0.2.1');
  assert.equal(gate.enter('192.0.2.1'), 'ok');
});

test('IPv6 clients are counted by their /64', () => {
  const gate = new ConnectionGate({ total: 100, perClient: 2 });
  assert.equal(gate.enter('2001:db8:0:1::1'), 'ok');
  assert.equal(gate.enter('2001:db8:0:1:ffff::2'), 'ok');
  assert.equal(gate.enter('2001:db8:0:1::3'), 'too-many-client-connections');
  assert.equal(gate.enter('2001:db8:0:2::1'), 'ok');
});

test('clients of a unix socket have no address, so no limit a client holds for them', () => {
  const gate = new ConnectionGate({ total: 3, perClient: 1 });
  assert.deepEqual(
    [1, 2, 3, 4].map(() => gate.enter('unix')),
    ['ok', 'ok', 'ok', 'too-many-connections'],
  );
});

test('new limits hold for who comes next, and count who is there', () => {
  const gate = new ConnectionGate();
  for (let i = 0; i < 3; i++) gate.enter('192.0.2.1');
  gate.limits = { total: 10, perClient: 3 };
  assert.equal(gate.enter('192.0.2.1'), 'too-many-client-connections');
  gate.limits = { total: 2, perClient: 0 };
  assert.equal(gate.enter('192.0.2.2'), 'too-many-connections');
  assert.equal(gate.open, 3);
});

test('however clients come and go, no limit is passed and none is refused below it', () => {
  const limits = { total: 12, perClient: 4 };
  const steps = fc.array(fc.record({ client: fc.nat(5), leaves: fc.boolean() }), { maxLength: 300 });
  fc.assert(
    fc.property(steps, (all) => {
      const gate = new ConnectionGate(limits);
      const open = new Map<string, number>();
      const sum = (): number => [...open.values()].reduce((a, b) => a + b, 0);
      for (const { client, leaves } of all) {
        const address = `192.0.2.${client}`;
        const mine = open.get(address) ?? 0;
        if (leaves) {
          if (mine === 0) continue;
          gate.leave(address);
          open.set(address, mine - 1);
          continue;
        }
        const full = sum() >= limits.total;
        const expected = full
          ? 'too-many-connections'
          : mine >= limits.perClient
            ? 'too-many-client-connections'
            : 'ok';
        assert.equal(gate.enter(address), expected);
        if (expected === 'ok') open.set(address, mine + 1);
        assert.equal(gate.open, sum());
      }
    }),
  );
});
