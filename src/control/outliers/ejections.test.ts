import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import type { Plan } from '../../proxy/index.ts';
import { ServerBoard } from '../servers/server-board.ts';
import { Ejections, type EjectionRules } from './ejections.ts';

const names = 'abcdefgh';

interface World {
  readonly board: ServerBoard;
  readonly ejections: Ejections;
  readonly clock: { ms: number };
  readonly out: () => number;
  readonly usable: () => number;
}

function world(servers: number): World {
  const board = new ServerBoard(1);
  const each = [...names.slice(0, servers)].map((name) => ({ name, weight: 1, group: 0 }));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the parts that are read
  const plan = { pools: [{ name: 'app', servers: each, panicBelow: 0 }] } as unknown as Pick<Plan, 'pools'>;
  board.rowsOf(plan);
  board.keep(plan);
  const clock = { ms: 0 };
  const ejections = new Ejections(
    {
      board,
      clock: { now: () => clock.ms, date: () => clock.ms },
      random: () => 0.5,
      passedSince: () => false,
    },
    () => {},
  );
  const records = (): ReturnType<ServerBoard['get']>[] => board.servers.map(({ record }) => record);
  return {
    board,
    ejections,
    clock,
    out: () => records().filter((record) => record!.ejected).length,
    usable: () => records().filter((record) => !record!.ejected && record!.health !== 'down').length,
  };
}

void test('whatever happens, the share is kept, a usable server is left, and all come back in time', () => {
  const step = fc.oneof(
    fc.record({ eject: fc.nat(names.length - 1), breaker: fc.boolean() }),
    fc.record({ wait: fc.nat(5000) }),
    fc.record({ health: fc.nat(names.length - 1), down: fc.boolean() }),
  );
  const setting = fc.record({ servers: fc.integer({ min: 1, max: 8 }), maxEjected: fc.nat(100) });
  fc.assert(
    fc.property(setting, fc.array(step, { maxLength: 40 }), ({ servers, maxEjected }, steps) => {
      const { board, ejections, clock, out, usable } = world(servers);
      const rules: EjectionRules = { baseMs: 1000, maxMs: 3000, jitterMs: 100, maxEjected, intervalMs: 1000 };
      let breakers = 0;
      for (const each of steps) {
        if ('eject' in each) {
          const kind = each.breaker ? 'breaker' : 'failures';
          const before = usable();
          const went = ejections.eject('app', { server: names[each.eject]!, kind, why: 'it fails' }, rules);
          if (went && kind === 'breaker') breakers++;
          if (went) assert.ok(usable() >= 1, 'one is left');
          else assert.ok(usable() >= before, 'none is less');
          if (breakers === 0) assert.ok(out() <= Math.max(1, Math.floor((servers * maxEjected) / 100)));
        } else if ('wait' in each) {
          clock.ms += each.wait;
          ejections.tick();
        } else {
          board.change({ pool: 'app', server: names[each.health]! }, { health: each.down ? 'down' : 'up' }, 'a check');
        }
      }
      if (servers === 1) assert.equal(out(), 0);
      clock.ms += 3100;
      ejections.tick();
      assert.equal(out(), 0);
      for (let i = 0; i < 60; i++) {
        clock.ms += 1000;
        ejections.tick();
      }
      assert.equal(ejections.busy, false, 'all is forgotten');
    }),
  );
});
