import assert from 'node:assert/strict';

import type { DataPlaneStatus } from '../../src/proxy/index.ts';
import { patienceMs } from '../harness/until.ts';
import type { Ledger } from './ledger.ts';
import type { Kind, Phase } from './phase.ts';
import { serverConnections } from './proxy-apart.ts';
import { Lane, type Site } from './site.ts';

/** So many at once. */
const atOnce = 100;

/** More than any wait of the plan. */
const turnMs = 61_000;

const ways = { closes: 'destroy', 'half-closes': 'end', resets: 'reset' } as const;

/** A field of the table: a phase, and how it ends. */
export interface Cell {
  readonly phase: Phase;
  readonly kind: Kind;
  readonly times: number;
}

/** So many come to the phase and are ended; nothing of them may be left, and the ledger learns what the log must say of them. */
export async function runCell(site: Site, { phase, kind, times }: Cell, ledger: Ledger): Promise<void> {
  for (let left = times; left > 0; left -= atOnce) {
    await new Batch(site, { phase, kind, times: Math.min(left, atOnce) }).run(ledger);
  }
}

let batches = 0;

class Batch {
  readonly #site: Site;
  readonly #cell: Cell;
  /** Nobody notices before the time is up. */
  readonly #turns: boolean;

  constructor(site: Site, cell: Cell) {
    this.#site = site;
    this.#cell = cell;
    this.#turns = cell.kind === 'time-out' || cell.phase.slow?.includes(cell.kind) === true;
  }

  async run(ledger: Ledger): Promise<void> {
    try {
      await this.#run(ledger);
    } catch (error) {
      throw new Error(`${this.#cell.phase.name}, ${this.#cell.kind}: ${String(error)}`, { cause: error });
    }
  }

  async #run(ledger: Ledger): Promise<void> {
    const { phase, kind, times } = this.#cell;
    const name = `b${++batches}`;
    const before = finished(await this.#site.proxy.status()); // None is under way.
    const ended = before + ledger.expect(name, `${phase.name}, ${kind}`, phase.ends[kind]!, times);
    const lanes = await Promise.all(Array.from({ length: times }, (_, i) => this.#lane(`${name}-${i}`)));
    await this.#arrived(before);
    if (kind !== 'time-out') await this.#endAll(lanes);
    await this.#eventually(`${ended} exchanges that have ended`, (status) => finished(status) >= ended, this.#turns);
    if (this.#turns && ended === before)
      await this.#eventually('no connection', (status) => status.connections === 0, true);
    for (const { client } of lanes) client.reset();
    this.#site.reset();
    await this.#eventually('no connection', (status) => status.connections === 0 && serverConnections(status) === 0);
    const after = await this.#site.proxy.status();
    assert.equal(after.exchanges, 0);
    assert.equal(finished(after), ended, 'exchanges that have ended');
  }

  async #lane(name: string): Promise<Lane> {
    const { phase } = this.#cell;
    const client = await this.#site.connect(phase.bare === true);
    const lane = new Lane(this.#site, client, `${phase.folder ?? '/'}${name}`);
    await phase.arrive(lane);
    return lane;
  }

  /** The peers have seen to it that their bytes came as far as they can see. */
  async #arrived(before: number): Promise<void> {
    const { times, phase } = this.#cell;
    if (phase.counts === 'silent servers') {
      const { peers } = this.#site.silent;
      const spoken = (): number => [...peers].filter(({ bytesReceived }) => bytesReceived > 0).length;
      await this.#eventually(`${times} handshakes`, () => spoken() === times);
    } else if (phase.counts === 'exchanges begun') {
      await this.#eventually(`${times} that begin`, ({ exchangesTotal }) => exchangesTotal === before + times);
    } else if (phase.counts !== undefined) {
      const { counts } = phase;
      await this.#eventually(`${times} ${counts}`, (status) => status[counts] === times);
    }
  }

  async #endAll(lanes: readonly Lane[]): Promise<void> {
    const { phase, kind } = this.#cell;
    const [side, how] = kind.split(' ') as ['client' | 'server', keyof typeof ways];
    const peers = side === 'client' ? lanes.map(({ client }) => client) : this.#site.serverPeers;
    for (const peer of peers) peer[ways[how]]();
    if (phase.finish) await Promise.all(lanes.map((lane) => phase.finish!(lane, kind)));
  }

  /** Asks the proxy until it holds; where a time has to be up for that, it goes by. */
  async #eventually(what: string, holds: (status: DataPlaneStatus) => boolean, turns = false): Promise<void> {
    const { proxy } = this.#site;
    let status = await proxy.status();
    for (const end = performance.now() + patienceMs; !holds(status); status = await proxy.status()) {
      if (performance.now() > end) assert.fail(`never came: ${what}; ${told(status)}`);
      if (turns) await proxy.turnClock(turnMs);
      await new Promise((resolve) => void setTimeout(resolve, 3));
    }
  }
}

function finished({ exchangesTotal, exchanges }: DataPlaneStatus): number {
  return exchangesTotal - exchanges;
}

function told(status: DataPlaneStatus): string {
  const { connections, exchanges, exchangesTotal } = status;
  const counts = [connections, exchanges, exchangesTotal, serverConnections(status)];
  return `connections, exchanges, exchanges so far, server connections: ${counts.join()}`;
}
