import { deserialize, serialize } from 'node:v8';

import type { Piecework } from '../../core/piecework.ts';
import { sameEnds } from '../../core/same-ends.ts';
import type { PlanParts, RoutePlan, PoolPlan } from '../../proxy/index.ts';

/** A list on its way to a thread that has another one: what is new in it, and where the rest stands in the other. */
export interface PackedList {
  /** For each item its place in the list before; below zero: -1 minus its place among the new ones. */
  readonly order: Int32Array;
  /** The new ones, serialised a few at a time, so that the thread can read them a few at a time. */
  readonly bytes: SharedArrayBuffer;
  /** Where each of these batches ends. */
  readonly ends: readonly number[];
}

/** The parts of a plan that there may be many of. Undefined: the list is the same as before. */
export interface PackedParts {
  readonly routes: PackedList | undefined;
  readonly pools: PackedList | undefined;
}

/** Items a batch: reading them takes less than a millisecond. */
const batch = 50;

/** Packs plans for threads. Threads that have the same get the same bytes, which are made once. */
export class PlanPacker {
  #before: PlanParts | undefined;
  #next: PlanParts | undefined;
  /** Not kept for its own sake: it may be as large as the config. */
  #packed: WeakRef<PackedParts> | undefined;

  /** @param before what the thread has: objects that are in both are not sent again. */
  pack(before: PlanParts | undefined, next: PlanParts): PackedParts {
    const known = this.#packed?.deref();
    if (known !== undefined && sameParts(this.#before, before) && sameParts(this.#next, next)) return known;
    const packed = {
      routes: packList(before?.routes ?? [], next.routes),
      pools: packList(before?.pools ?? [], next.pools),
    };
    [this.#before, this.#next, this.#packed] = [before, next, new WeakRef(packed)];
    return packed;
  }
}

/** The very same lists. */
export function sameParts(a: PlanParts | undefined, b: PlanParts | undefined): boolean {
  return a?.routes === b?.routes && a?.pools === b?.pools;
}

function packList(before: readonly object[], next: readonly object[]): PackedList | undefined {
  if (before === next) return undefined;
  const added: object[] = [];
  const placeOf = placesIn(before, next);
  const order = Int32Array.from(next, (item, i) => placeOf(item, i) ?? -added.push(item));
  const batches: Uint8Array[] = [];
  for (let at = 0; at < added.length; at += batch) batches.push(serialize(added.slice(at, at + batch)));
  const ends: number[] = [];
  let end = 0;
  for (const { byteLength } of batches) ends.push((end += byteLength));
  const bytes = new SharedArrayBuffer(end);
  for (const [i, each] of batches.entries()) new Uint8Array(bytes).set(each, ends[i - 1] ?? 0);
  return { order, bytes, ends };
}

/** @returns tells where an item of the next list stands in the one before; undefined: nowhere. */
function placesIn(
  before: readonly object[],
  next: readonly object[],
): (item: object, at: number) => number | undefined {
  const { start, end } = sameEnds(before, next);
  const [endsAt, shift] = [next.length - end, before.length - next.length];
  const places = new Map(before.slice(start, before.length - end).map((item, i) => [item, start + i]));
  return (item, at) => (at < start ? at : at >= endsAt ? at + shift : places.get(item));
}

/** Reads what was packed. @param before the lists that it was packed for. */
export function* unpackParts(packed: PackedParts, before: PlanParts): Piecework<PlanParts> {
  const routes: readonly RoutePlan[] = yield* unpackList(packed.routes, before.routes);
  const pools: readonly PoolPlan[] = yield* unpackList(packed.pools, before.pools);
  return { routes, pools };
}

function* unpackList<T>(packed: PackedList | undefined, before: readonly T[]): Piecework<readonly T[]> {
  if (packed === undefined) return before;
  const { order, bytes, ends } = packed;
  const added: T[] = [];
  let start = 0;
  for (const end of ends) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- main runs this same package
    added.push(...(deserialize(new Uint8Array(bytes, start, end - start)) as T[]));
    start = end;
    yield;
  }
  return Array.from(order, (at) => (at < 0 ? added[-1 - at]! : before[at]!));
}
