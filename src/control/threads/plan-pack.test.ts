import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { atOnce } from '../../core/piecework.ts';
import type { PlanParts } from '../../proxy/index.ts';
import { PlanPacker, unpackParts } from './plan-pack.ts';

interface Part {
  readonly name: string;
  readonly when: undefined;
}

const part = (name: number): Part => ({ name: String(name), when: undefined });

/** Only what is looked at. */
const partsOf = (routes: readonly Part[], pools: readonly Part[] = []): PlanParts =>
  ({ routes, pools }) as unknown as PlanParts;

const sent = (packer: PlanPacker, has: PlanParts | undefined, next: PlanParts): PlanParts =>
  atOnce(unpackParts(structuredClone(packer.pack(has, next)), structuredClone(has ?? partsOf([]))));

test('a thread reads the plan that was packed, whatever it had before', () => {
  const places = fc.array(fc.nat(200), { maxLength: 200 });
  fc.assert(
    fc.property(places, places, (had, next) => {
      const all = Array.from({ length: 201 }, (_, i) => part(i));
      const list = (numbers: number[]): Part[] => [...new Set(numbers)].map((number) => all[number]!);
      const [before, after] = [partsOf(list(had)), partsOf(list(next), list(had))];
      assert.deepEqual(sent(new PlanPacker(), before, after), after);
      assert.deepEqual(sent(new PlanPacker(), undefined, after), after);
    }),
  );
});

test('what a thread has is not sent again, and stays the same object', () => {
  const pools = [part(0)];
  const before = partsOf(
    Array.from({ length: 1000 }, (_, i) => part(i)),
    pools,
  );
  const next = partsOf([part(1000), ...(before.routes as unknown as Part[])], pools);
  const packed = new PlanPacker().pack(before, next);
  assert.equal(packed.pools, undefined);
  assert.equal(packed.routes!.ends.length, 1);
  assert.ok(packed.routes!.bytes.byteLength < 100);
  const { routes } = atOnce(unpackParts(packed, before));
  assert.equal(routes[1], before.routes[0]);
  assert.equal(routes[1000], before.routes[999]);
});

test('threads that have the same share the bytes', () => {
  const packer = new PlanPacker();
  const [before, next] = [partsOf([part(1)]), partsOf([part(2)])];
  const packed = packer.pack(before, next);
  assert.equal(packer.pack({ ...before }, { ...next }), packed);
  assert.notEqual(packer.pack(undefined, next), packed);
});
