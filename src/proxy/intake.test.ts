import assert from 'node:assert/strict';
import type net from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { TestEnv } from './fixtures.test.ts';
import { Intake, type IntakeOwner } from './intake.ts';

/** Takes bytes one step at a time, as far as it has been allowed to. */
class Owner implements IntakeOwner {
  taken = '';
  allowed = 0;
  ahead = true;
  step = 3;
  flushes = 0;
  rests = 0;
  refused: unknown[] = [];
  depth = 0;
  during: (chunk: Buffer, at: number) => void = () => undefined;
  after: () => void = () => undefined;

  wantsBytes(): boolean {
    return this.allowed > 0;
  }

  readsAhead(): boolean {
    return this.ahead;
  }

  takeBytes(chunk: Buffer, at: number): number {
    assert.equal(this.depth++, 0, 'takeBytes was entered while it ran');
    const end = Math.min(chunk.length, at + this.step, at + this.allowed);
    this.taken += chunk.toString('latin1', at, end);
    this.allowed -= end - at;
    this.during(chunk, at);
    this.depth--;
    return end;
  }

  bytesTaken(): void {
    this.flushes++;
    this.after();
  }

  rested(): void {
    this.rests++;
  }

  refuseBytes(error: unknown): void {
    this.depth = 0;
    this.refused.push(error);
  }
}

interface World {
  readonly owner: Owner;
  readonly intake: Intake;
  readonly env: TestEnv;
  /** Whether the socket reads, as it understood the intake. */
  reading: boolean;
  resumed: number;
  /** A chunk comes that is garbage afterwards. */
  come(text: string): boolean;
}

function setUp(): World {
  const owner = new Owner();
  const env = new TestEnv();
  const socket = {
    resume: () => {
      world.reading = true;
      world.resumed++;
    },
  };
  const intake = new Intake(socket as unknown as net.Socket, owner, env.clock);
  const world: World = {
    owner,
    intake,
    env,
    reading: true,
    resumed: 0,
    come: (text) => {
      const chunk = Buffer.from(text, 'latin1');
      const go = intake.onBytes(chunk);
      chunk.fill(0x2a);
      // What the socket does: a resume() from within onBytes does not count if it then answers false.
      world.reading = go;
      return go;
    },
  };
  return world;
}

test('bytes that are wanted are taken at once, and flushed once', () => {
  const { owner, intake, come } = setUp();
  owner.allowed = 100;
  assert.equal(come('abcdefgh'), true);
  assert.equal(owner.taken, 'abcdefgh');
  assert.equal(owner.flushes, 1);
  assert.equal(intake.waiting, false);
});

test('bytes that nobody wants yet wait, copied, and come when they are wanted', () => {
  const { owner, intake, come } = setUp();
  come('abc');
  come('def');
  assert.equal(intake.waiting, true);
  assert.equal(owner.taken, '');
  owner.allowed = 4;
  intake.wake();
  assert.equal(owner.taken, 'abcd');
  assert.equal(intake.waiting, true);
  owner.allowed = 10;
  come('ghi');
  intake.wake();
  assert.equal(owner.taken, 'abcdefghi');
  assert.equal(intake.waiting, false);
});

test('reading goes on ahead up to 16 kB, and again when it has been worked off', () => {
  const world = setUp();
  const { owner, intake, come } = world;
  assert.equal(come('x'.repeat(16_383)), true);
  assert.equal(come('y'), false);
  owner.allowed = 1;
  intake.wake();
  assert.equal(world.resumed, 1);
  assert.equal(world.reading, true);
});

test('an owner that does not read ahead stops the socket with the first byte that it does not want', () => {
  const world = setUp();
  const { owner, intake, come } = world;
  owner.ahead = false;
  owner.allowed = 2;
  assert.equal(come('ab'), false);
  assert.equal(intake.waiting, false);
  owner.allowed = 3;
  intake.wake();
  assert.equal(world.resumed, 1);
  assert.equal(come('cde'), false);
  assert.equal(owner.taken, 'abcde');
});

test('wake() from within takeBytes() does not enter it again; what it was for is seen all the same', () => {
  const { owner, intake, come } = setUp();
  owner.allowed = 1;
  owner.step = 1;
  owner.during = () => {
    owner.allowed = 1;
    intake.wake();
  };
  come('abcdef');
  assert.equal(owner.taken, 'abcdef');
});

test('a wish that comes up while the owner flushes is fulfilled', () => {
  const { owner, intake, come } = setUp();
  owner.allowed = 2;
  owner.after = () => {
    owner.allowed = 10;
    intake.wake();
  };
  come('abcdef');
  assert.equal(owner.taken, 'abcdef');
  assert.equal(intake.waiting, false);
});

test('what throws is handed to the owner, and the rest of what was there is dropped', () => {
  const { owner, intake, come } = setUp();
  owner.allowed = 100;
  const error = new Error('x');
  owner.during = (_, at) => {
    if (at >= 3) throw error;
  };
  assert.equal(come('abcdefghi'), true);
  assert.deepEqual(owner.refused, [error]);
  assert.equal(owner.taken, 'abcdef');
  assert.equal(intake.waiting, false);
  owner.during = () => undefined;
  come('next');
  assert.equal(owner.taken, 'abcdefnext');
});

test('while bytes are taken more may wait; the owner hears when it is known', () => {
  const { owner, intake, come } = setUp();
  const seen: boolean[] = [];
  owner.allowed = 4;
  owner.during = () => seen.push(intake.waiting);
  owner.rested = () => seen.push(intake.waiting);
  come('abcd');
  assert.deepEqual(seen, [true, true, false]);
  owner.allowed = 1;
  come('ef');
  assert.deepEqual(seen, [true, true, false, true, true]);
});

test('drop() forgets what waits', () => {
  const { owner, intake, come } = setUp();
  come('abc');
  intake.drop();
  assert.equal(intake.waiting, false);
  owner.allowed = 10;
  intake.wake();
  assert.equal(owner.taken, '');
});

test('the clock is brought up with each chunk', () => {
  const { env, come } = setUp();
  env.ms += 777;
  come('a');
  assert.equal(env.clock.now(), env.ms);
});

test('however the bytes are split and whenever they are wanted, each is taken once, in order, and few wait', () => {
  const come = fc.record({ kind: fc.constant('come' as const), size: fc.integer({ min: 1, max: 9000 }) });
  const want = fc.record({
    kind: fc.constant('want' as const),
    size: fc.integer({ min: 0, max: 12_000 }),
    ahead: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(fc.oneof(come, want), { maxLength: 60 }), fc.integer({ min: 1, max: 5000 }), (steps, step) => {
      const world = setUp();
      const { owner, intake } = world;
      owner.step = step;
      let sent = '';
      const next = (size: number): string => {
        const piece = Array.from({ length: size }, (_, i) => String.fromCharCode(97 + ((sent.length + i) % 26))).join(
          '',
        );
        sent += piece;
        return piece;
      };
      for (const each of steps) {
        if (each.kind === 'come' && world.reading) world.come(next(each.size));
        if (each.kind !== 'want') continue;
        owner.allowed += each.size;
        owner.ahead = each.ahead;
        intake.wake();
        assert.ok(!(owner.allowed > 0 && !world.reading), 'bytes are wanted, and nobody reads');
        assert.ok(!(owner.allowed > 0 && intake.waiting), 'bytes are wanted, and wait');
      }
      assert.ok(sent.length - owner.taken.length <= 16_384 + 9000, 'too many wait');
      owner.allowed = Infinity;
      intake.wake();
      assert.equal(owner.taken, sent);
      assert.equal(world.reading, true);
    }),
    { numRuns: 300 },
  );
});
