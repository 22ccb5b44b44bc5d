/**
 * What choosing a server costs: ns a pick for each algorithm, with 10 and with 1,000 servers of which each has some exchanges in
 * the memory that threads share; for some also with weights. Beside it, in microseconds, the first pick after the list of
 * usable servers has changed, when schedules and rings are made anew. Of many runs the tenth quickest of a hundred counts:
 * what else the machine does is not what is measured.
 *
 * Run: node bench/micro/pick.ts
 */
import { Headers } from '../../src/core/headers.ts';
import { PeakEwma } from '../../src/core/peak-ewma.ts';
import { SharedCursor } from '../../src/core/shared/shared-cursor.ts';
import { allocatePiece, rowsIn, SharedRow, type RowsMemory } from '../../src/core/shared/shared-rows.ts';
import type { BalancePlan } from '../../src/proxy/balance-plan.ts';
import type { Exchange } from '../../src/proxy/exchange.ts';
import type { Candidate } from '../../src/proxy/picker.ts';
import { createPicker } from '../../src/proxy/pick/registry.ts';
import { ServerField } from '../../src/proxy/server-state.ts';

const sizes = [10, 1000] as const;
const picks = 20_000;
/** Measured together: so few that they fit between two turns of the machine's other work. */
const few = 200;
const rounds = 9;

/** As the real one: its exchanges are in shared memory. */
class BenchServer implements Candidate {
  readonly name: string;
  readonly weight: number;
  readonly full: boolean = false;
  readonly latency: PeakEwma = new PeakEwma();
  readonly row: SharedRow;

  constructor(i: number, weight: number, memory: RowsMemory) {
    this.name = `http://10.0.${i >> 8}.${i & 255}:8080`;
    this.weight = weight;
    this.row = new SharedRow(memory, i, 0);
    for (let taken = 0; taken <= i % 7; taken++) this.row.take(ServerField.exchanges, Infinity);
    this.latency.observe(5 + (i % 20), 1000);
  }

  get active(): number {
    return this.row.get(ServerField.exchanges);
  }
}

function serversOf(count: number, weighted: boolean): BenchServer[] {
  const memory = { places: 4, pieces: [allocatePiece(4)] };
  while (rowsIn(memory) < count) memory.pieces.push(allocatePiece(4));
  return Array.from({ length: count }, (_, i) => new BenchServer(i, weighted ? 1 + (i % 10) : 1, memory));
}

const rows: readonly (readonly [string, BalancePlan, weighted: boolean])[] = [
  ['round-robin', { kind: 'round-robin' }, false],
  ['round-robin, weights', { kind: 'round-robin' }, true],
  ['least-connections', { kind: 'least-connections' }, false],
  ['least-connections, weights', { kind: 'least-connections' }, true],
  ['random, 2 choices', { kind: 'random', choices: 2 }, false],
  ['random, 2 choices, weights', { kind: 'random', choices: 2 }, true],
  ['least-time', { kind: 'least-time' }, false],
  ['hash of the client address', { kind: 'hash', of: { kind: 'client-address' }, loadFactor: 0 }, false],
  ['hash of a cookie, weights', { kind: 'hash', of: { kind: 'cookie', name: 'session' }, loadFactor: 0 }, true],
  ['hash with loadFactor 1.25', { kind: 'hash', of: { kind: 'client-address' }, loadFactor: 1.25 }, false],
  ['first', { kind: 'first' }, false],
];

/** As many requests as a round has picks, each with an address never seen before. */
function exchanges(): Exchange[] {
  return Array.from({ length: picks }, (_, i) => {
    const headers = new Headers();
    headers.add('User-Agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0');
    headers.add('Cookie', `theme=dark; session=${(i * 7919).toString(16).padStart(32, '0')}`);
    const clientAddress = Buffer.from(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`).toString('latin1');
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a picker reads nothing else of it
    return { dry: false, trace: undefined, headers, clientAddress } as Exchange;
  });
}

interface Bench {
  readonly round: () => void;
  readonly pickNs: number[];
  readonly madeUs: number[];
}

function benchOf(balance: BalancePlan, servers: readonly BenchServer[], requests: readonly Exchange[]): Bench {
  const clock = { now: () => 2000 };
  const picker = createPicker<BenchServer>({ balance, servers }, { cursor: new SharedCursor(), clock });
  const pickNs: number[] = [];
  const madeUs: number[] = [];
  /** Nanoseconds a pick, of a few. */
  const measure = (from: number, usable: readonly BenchServer[]): number => {
    const start = process.hrtime.bigint();
    let names = 0;
    for (let i = from; i < from + few; i++) names += picker.pick(requests[i]!, usable, undefined).name.length;
    const end = process.hrtime.bigint();
    if (names === 0) throw new Error('Cannot measure: nothing was picked');
    return Number(end - start) / few;
  };
  const round = (): void => {
    const usable = [...servers];
    const start = process.hrtime.bigint();
    picker.pick(requests[0]!, usable, undefined);
    const made = process.hrtime.bigint();
    madeUs.push(Number(made - start) / 1000);
    for (let from = 0; from < picks; from += few) pickNs.push(measure(from, usable));
  };
  return { round, pickNs, madeUs };
}

/** Of a hundred the tenth quickest. */
function quick(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 10)]!;
}

const requests = exchanges();
const table = rows.map(([name, balance, weighted]) => ({
  name,
  benches: sizes.map((size) => benchOf(balance, serversOf(size, weighted), requests)),
}));
// Round by round in turn, so that a busy moment of the machine meets all of them; the first warms up.
for (let round = 0; round <= rounds; round++) {
  for (const bench of table.flatMap(({ benches }) => benches)) {
    bench.round();
    if (round === 0) bench.pickNs.length = bench.madeUs.length = 0;
  }
}

const number = (value: number): string => value.toFixed(0).padStart(9);
console.log(
  `${''.padEnd(28)} ns a pick: ${sizes.map((size) => number(size)).join('')}   us made anew: ${sizes.map(number).join('')}`,
);
for (const { name, benches } of table) {
  const ns = benches.map(({ pickNs }) => number(quick(pickNs))).join('');
  const us = benches.map(({ madeUs }) => number(quick(madeUs))).join('');
  console.log(`${name.padEnd(28)}            ${ns}                 ${us}`);
}
