import { PeakEwma } from '../../core/peak-ewma.ts';
import { SharedCursor } from '../../core/shared/shared-cursor.ts';
import { allocatePiece, rowsIn, SharedRow } from '../../core/shared/shared-rows.ts';
import { Trace } from '../../core/trace.ts';
import { plainBalance, type BalancePlan } from '../balance-plan.ts';
import type { Exchange } from '../exchange.ts';
import { exchangeOf } from '../fixtures.test.ts';
import type { Candidate, Picker, PickerEnv } from '../picker.ts';
import { RandomSource } from '../random-source.ts';
import { ServerField } from '../server-state.ts';
import { createPicker } from './registry.ts';

/** A server that a test says everything of. */
export class TestServer implements Candidate {
  readonly name: string;
  readonly row: SharedRow;
  weight: number;
  full = false;
  readonly latency: PeakEwma = new PeakEwma();

  constructor(name: string, weight: number, row: SharedRow) {
    this.name = name;
    this.weight = weight;
    this.row = row;
  }

  get active(): number {
    return this.row.get(ServerField.exchanges);
  }

  set active(exchanges: number) {
    this.row.set(ServerField.exchanges, exchanges);
  }
}

/** Named `a`, `b` and so on. */
export function serversOf(...weights: number[]): TestServer[] {
  return named(weights, (i) => String.fromCharCode(0x61 + i));
}

/** With names like those of real ones. */
export function manyServers(count: number, weightOf: (i: number) => number = () => 1): TestServer[] {
  const weights = Array.from({ length: count }, (_, i) => weightOf(i));
  return named(weights, (i) => `http://10.0.${i >> 8}.${i & 255}:8080`);
}

/** In memory of several pieces where there are many. */
function named(weights: readonly number[], nameOf: (i: number) => string): TestServer[] {
  const memory = { places: 1, pieces: [allocatePiece(1)] };
  while (rowsIn(memory) < weights.length) memory.pieces.push(allocatePiece(1));
  return weights.map((weight, i) => new TestServer(nameOf(i), weight, new SharedRow(memory, i, 0)));
}

/** What a picker gets; `ms` is its clock. */
export class TestPickerEnv implements PickerEnv {
  ms = 1000;
  readonly cursor: SharedCursor = new SharedCursor();
  readonly clock: PickerEnv['clock'] = { now: () => this.ms };
  readonly random: RandomSource = new RandomSource(new Uint8Array(16).fill(7));
}

export function pickerOf(
  balance: BalancePlan = plainBalance,
  servers: readonly TestServer[] = [],
  env: PickerEnv = new TestPickerEnv(),
): Picker<TestServer> {
  return createPicker<TestServer>({ balance, servers }, env);
}

export const real: Exchange = exchangeOf();
export const dry: Exchange = { ...exchangeOf(), dry: true };

/** The names of the servers of so many picks in a row. */
export function take(picker: Picker<TestServer>, usable: readonly TestServer[], times: number): string {
  let taken = '';
  for (let i = 0; i < times; i++) taken += picker.pick(real, usable, undefined).name;
  return taken;
}

/** How often each was picked, in the order of the list. */
export function countsOf(
  picker: Picker<TestServer>,
  usable: readonly TestServer[],
  times: number,
  exchangeAt: (i: number) => Exchange = () => real,
): number[] {
  const counts = new Map(usable.map((server) => [server, 0]));
  for (let i = 0; i < times; i++) {
    const server = picker.pick(exchangeAt(i), usable, undefined);
    counts.set(server, counts.get(server)! + 1);
  }
  return [...counts.values()];
}

/** What a trace is told of the next pick. */
export function whyOf(
  picker: Picker<TestServer>,
  usable: readonly TestServer[],
  exchange: Partial<Exchange> = {},
): string | undefined {
  const trace = new Trace();
  picker.pick({ ...exchangeOf(), pool: 'app', ...exchange, trace }, usable, undefined);
  return trace.notes.map(({ what, by }) => `${by}: ${what}`).join('; ');
}
