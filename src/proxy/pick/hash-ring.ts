import { KeyedHash, mix } from '../../core/shared/keyed-hash.ts';

/**
 * Not secret, and never to be changed: every process on every machine finds the same server for a key. So a client can choose
 * its server by what is hashed, if that is its to choose.
 */
const publicKey = [0x706f7374, 0x65726e21] as const;

/** Places on the ring that a key is tried at: the one nearest to a point wins. Five even out what points alone leave uneven. */
const probes = 5;

/** A point that a server has on the ring for each server's own number of points. */
export interface RingMember {
  readonly name: string;
  readonly points: number;
}

/**
 * A ring of 2^32 places, on which each server has points. A key belongs to the server whose point is the nearest behind one of
 * the key's places. So a server that leaves gives away its own keys and nobody else's, and one that comes takes keys only for
 * itself.
 */
export class HashRing {
  /** Where the points are, in order. */
  readonly #places: Uint32Array;
  /** Whose they are. */
  readonly #owners: Uint32Array;
  /** For the first bits of a place, the first point that may be behind it. */
  readonly #starts: Uint32Array;
  readonly #shift: number;
  readonly #hash: KeyedHash = new KeyedHash(publicKey);

  /** @param members at least one, with at least one point each. */
  constructor(members: readonly RingMember[]) {
    const points = sorted(pointsOf(members, this.#hash));
    this.#places = points.places;
    this.#owners = points.owners;
    const bits = Math.max(1, Math.ceil(Math.log2(points.places.length)));
    this.#shift = 32 - bits;
    this.#starts = startsOf(this.#places, bits);
  }

  /** How many points there are. */
  get length(): number {
    return this.#places.length;
  }

  /** The point that a text belongs to. */
  find(text: string): number {
    const { low, high } = this.#hash.of(text);
    let best = 0;
    let least = Infinity;
    for (let probe = 0, place = low; probe < probes; probe++, place += high | 1) {
      const point = this.#behind(place >>> 0);
      const distance = (this.#places[point]! - place) >>> 0;
      if (distance >= least) continue;
      best = point;
      least = distance;
    }
    return best;
  }

  /** The index of the member whose point it is. */
  owner(point: number): number {
    return this.#owners[point]!;
  }

  /** The next point on the ring. */
  after(point: number): number {
    return point + 1 === this.#places.length ? 0 : point + 1;
  }

  #behind(place: number): number {
    const places = this.#places;
    let point = this.#starts[place >>> this.#shift]!;
    while (point < places.length && places[point]! < place) point++;
    return point === places.length ? 0 : point;
  }
}

interface Points {
  readonly places: Uint32Array;
  readonly owners: Uint32Array;
}

function room(count: number): Points {
  return { places: new Uint32Array(count), owners: new Uint32Array(count) };
}

function pointsOf(members: readonly RingMember[], hash: KeyedHash): Points {
  const all = room(members.reduce((count, { points }) => count + points, 0));
  let at = 0;
  for (const [owner, { name, points }] of members.entries()) {
    const { low, high } = hash.of(name);
    all.owners.fill(owner, at, at + points);
    for (let i = 0; i < points; i++) all.places[at++] = pointOf(low, high, i);
  }
  return all;
}

/** By place, and where two are at one, in the order they were in: digit by digit, the lowest first (a radix sort). */
function sorted(points: Points): Points {
  let [from, to] = [points, room(points.places.length)];
  for (const shift of [0, 11, 22]) {
    sortByDigit(from, to, shift);
    [from, to] = [to, from];
  }
  return from;
}

const digits = 2048;

function sortByDigit(from: Points, to: Points, shift: number): void {
  const count = from.places.length;
  const next = new Uint32Array(digits + 1);
  for (let i = 0; i < count; i++) next[((from.places[i]! >>> shift) & (digits - 1)) + 1]! += 1;
  for (let digit = 1; digit < digits; digit++) next[digit]! += next[digit - 1]!;
  for (let i = 0; i < count; i++) {
    const at = next[(from.places[i]! >>> shift) & (digits - 1)]!++;
    to.places[at] = from.places[i]!;
    to.owners[at] = from.owners[i]!;
  }
}

/** The first points of a server stay where they are when it gets more. */
function pointOf(low: number, high: number, i: number): number {
  return mix(mix(low + Math.imul(i, 0x9e3779b9)) ^ high) >>> 0;
}

function startsOf(places: Uint32Array, bits: number): Uint32Array {
  const starts = new Uint32Array(2 ** bits);
  let point = 0;
  for (let i = 0; i < starts.length; i++) {
    while (point < places.length && places[point]! >>> (32 - bits) < i) point++;
    starts[i] = point;
  }
  return starts;
}
