import { loopback, type Place } from '../harness/plan-of.ts';
import type { World } from '../harness/proxy-test.ts';
import type { ProxyUnderTest } from '../harness/proxy-under-test.ts';
import { Ear } from './heard.ts';
import { Lane } from './lane.ts';
import { startRecorder } from './recorder.ts';
import type { ServerKind } from './servers.ts';

/** The lanes that one message takes: nobody else uses them meanwhile. */
export interface Slot {
  /** To a strict reader of its own. */
  readonly reference: Lane;
  /** Of that reader. */
  readonly ear: Ear;
  readonly others: readonly Lane[];
}

/** Postern, with the servers behind it. */
export interface Installation {
  readonly proxy: ProxyUnderTest;
  readonly slots: readonly Slot[];
  /** What each server tells, by its name. */
  readonly ears: readonly { readonly server: string; readonly ear: Ear }[];
}

const strict = 'strict reader';

/**
 * A server that says nothing has understood nothing else; `node:http` does so where what follows a request with `Upgrade`,
 * which it did not take, is no request to it.
 */
const firstByteMs = 3000;

/** Starts one server of each kind, strict readers, and a Postern with a listener for each way to them. */
export async function install(world: World, kinds: readonly ServerKind[], slotCount: number): Promise<Installation> {
  const ears: { server: string; ear: Ear }[] = [];
  const places = new Map<string, Place>();
  const keep = async (server: string, slots: readonly number[], start: ServerKind['start']): Promise<Ear> => {
    const ear = new Ear();
    ears.push({ server, ear });
    const port = await start(world, ear);
    for (const slot of slots) places.set(laneName(server, slot), { kind: 'tcp', host: '127.0.0.1', port });
    return ear;
  };
  const numbers = Array.from({ length: slotCount }, (_, i) => i);
  for (const { name, start } of kinds) await keep(name, numbers, start);
  const strictEars: Ear[] = [];
  for (const i of numbers) strictEars.push(await keep(strict, [i], startRecorder));
  const proxy = await world.proxy({
    listeners: Object.fromEntries([...places.keys()].map((name) => [name, loopback])),
    pool: { timeouts: { firstByteMs } },
    pools: Object.fromEntries([...places].map(([name, place]) => [name, { servers: [place] }])),
    routes: [...places.keys()].map((name) => ({ listeners: [name], pool: name })),
  });
  const lane = (server: string, i: number): Lane =>
    new Lane(server, laneName(server, i), proxy.port(laneName(server, i)));
  const slots = strictEars.map((ear, i) => ({
    ear,
    reference: lane(strict, i),
    others: kinds.map(({ name }) => lane(name, i)),
  }));
  world.after(() => {
    for (const { reference, others } of slots) for (const one of [reference, ...others]) one.close();
  });
  return { proxy, slots, ears };
}

function laneName(server: string, slot: number): string {
  return `${server}-${slot}`;
}
