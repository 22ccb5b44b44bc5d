import assert from 'node:assert/strict';
import { test } from 'node:test';

import { allocatePiece, SharedRow } from '../../core/shared/shared-rows.ts';
import { plainServer, type ServerPlan } from '../pool-plan.ts';
import { freshState, PoolField, writeState, type ServerState } from '../server-state.ts';
import { UsableServers, type Rated } from './usable-servers.ts';

interface World {
  readonly last: (tried: readonly number[]) => string | undefined;
  readonly list: () => readonly Rated[];
  readonly usable: () => string;
  readonly set: (server: number, state: Partial<ServerState>) => void;
}

/** Servers `a`, `b`, ... with these parts. */
function world(parts: readonly Partial<ServerPlan>[], { activateBelow = 1, panicBelow = 0 } = {}): World {
  const memory = { places: 1, pieces: [allocatePiece(1)] };
  const pool = new SharedRow(memory, 0, 0);
  const servers = parts.map((part, i): Rated => {
    const name = 'abcdef'[i]!;
    const server: ServerPlan = {
      ...plainServer,
      name,
      address: { kind: 'unix', path: name },
      hostHeader: name,
      ...part,
    };
    const row = new SharedRow(memory, i + 1, 0);
    writeState(row, freshState(server));
    return { server, row, weight: 0 };
  });
  const usable = new UsableServers(servers, pool, { activateBelow, panicBelow });
  return {
    list: () => usable.list,
    last: (tried) => usable.list && usable.lastResort(new Set(tried.map((i) => servers[i]!)))?.server.name,
    usable: () => usable.list.map(({ server, weight }) => `${server.name}${weight === 1 ? '' : weight}`).join(' '),
    set(server, state) {
      writeState(servers[server]!.row, { ...freshState(servers[server]!.server), ...state });
      pool.add(PoolField.epoch, 1);
    },
  };
}

test('a server is out while it is drained, in maintenance, down, ejected or without weight', () => {
  const { usable, set } = world([{}, {}, { weight: 2.5 }]);
  assert.equal(usable(), 'a b c2.5');
  for (const out of [
    { operator: 'drain' },
    { operator: 'maint' },
    { health: 'down' },
    { ejected: true },
    { weight: 0 },
  ] as const) {
    set(1, out);
    assert.equal(usable(), 'a c2.5', JSON.stringify(out));
    set(1, { health: 'up' });
    assert.equal(usable(), 'a b c2.5');
  }
});

test('the list is the same until a server or a weight in it changes', () => {
  const { list, set } = world([{}, { weight: 2 }, { group: 1 }]);
  let before = list();
  assert.equal(list(), before);
  for (const [server, state, stays] of [
    [0, { health: 'up' }, true],
    [2, { health: 'down' }, true],
    [1, { weight: 3 }, false],
    [1, { weight: 3, ejected: true }, false],
    [1, { weight: 3 }, false],
    [1, { weight: 3 }, true],
  ] as const) {
    set(server, state);
    assert.equal(list() === before, stays, JSON.stringify([server, state]));
    before = list();
  }
});

test('backup servers are used while all others are out, and no longer', () => {
  const { usable, set } = world([{}, {}, { group: 1 }, { group: 1 }]);
  assert.equal(usable(), 'a b');
  set(0, { health: 'down' });
  assert.equal(usable(), 'b');
  set(1, { health: 'down' });
  assert.equal(usable(), 'c d');
  set(0, { health: 'up' });
  assert.equal(usable(), 'a');
});

test('with fewer usable servers than activateBelow the next group is used with the first', () => {
  const { usable, set } = world([{}, {}, { group: 3 }, { group: 7 }], { activateBelow: 2 });
  assert.equal(usable(), 'a b');
  set(0, { health: 'down' });
  assert.equal(usable(), 'b c');
  set(2, { health: 'down' });
  assert.equal(usable(), 'b d');
  set(1, { operator: 'maint' });
  assert.equal(usable(), 'd');
});

test('where too few are up to be believed all are used that the operator has not taken out', () => {
  const { usable, set } = world([{}, {}, {}, {}], { panicBelow: 50 });
  set(0, { health: 'down' });
  set(1, { ejected: true });
  assert.equal(usable(), 'c d', 'half of them are not fewer than half');
  set(2, { health: 'down' });
  assert.equal(usable(), 'a b c d');
  set(3, { operator: 'drain' });
  assert.equal(usable(), 'a b c');
});

void test('who is ejected, and nothing else, is the last resort', () => {
  const { set, usable, last } = world([{}, {}, {}, {}]);
  assert.equal(last([]), undefined);
  set(1, { ejected: true });
  set(2, { ejected: true, health: 'down' });
  set(3, { ejected: true, operator: 'maint' });
  assert.deepEqual([usable(), last([0]), last([0, 1])], ['a', 'b', undefined]);
  set(0, { health: 'down' });
  assert.deepEqual([usable(), last([])], ['', 'b']);
  set(1, { ejected: false });
  assert.deepEqual([usable(), last([])], ['b', undefined]);
});
