import { setTimeout as pause } from 'node:timers/promises';

import type { LogLine } from '../harness/access-lines.ts';
import type { World } from '../harness/proxy-test.ts';
import type { Heard } from './heard.ts';
import { judgeReference, judgeServer, type Evidence } from './judge.ts';
import type { Attempt, Lane } from './lane.ts';
import type { TestMessage } from './messages.ts';
import type { ServerKind } from './servers.ts';
import { install, type Installation, type Slot } from './slots.ts';
import { Tally } from './tally.ts';

/** Messages on their way at once. */
const slotCount = 4;
/** How often the log is looked at, and how many times at most: its lines come in batches. */
const [lookMs, mostLooks] = [60, 250];

/**
 * Sends messages through one Postern to many servers and compares what each of them understood: first to a strict reader,
 * then, if anything got through, to all others. What must be is what Postern has logged; its lines and what the servers
 * have heard are brought together by X-Request-Id, which a client cannot choose.
 */
export class Differential {
  readonly tally: Tally = new Tally();
  readonly #installation: Installation;
  /** Of this round, by lane and in order. */
  readonly #attempts: Map<Lane, Attempt[]> = new Map();
  /** Which slot a message took. */
  readonly #slots: Map<number, Slot> = new Map();
  /** Ids of the round before: what it has left may be heard late. */
  #former: ReadonlySet<string> = new Set();

  private constructor(installation: Installation) {
    this.#installation = installation;
  }

  /** Starts all that is needed; it ends with the world. */
  static async start(world: World, kinds: readonly ServerKind[]): Promise<Differential> {
    return new Differential(await install(world, kinds, slotCount));
  }

  /** Sends these and judges what became of them; the tally has the results. */
  async round(messages: readonly TestMessage[]): Promise<void> {
    let next = 0;
    const work = async (slot: Slot): Promise<void> => {
      for (let i = next++; i < messages.length; i = next++) await this.#send(slot, messages[i]!);
    };
    await Promise.all(this.#installation.slots.map(work));
    const lines = await this.#logged();
    const heard = this.#heard([...lines.values()].flat(), messages);
    const evidence = [...this.#attempts].flatMap(([lane, attempts]) => evidenceOf(lane, attempts, { lines, heard }));
    const byMessage = Map.groupBy(evidence, ({ attempt }) => attempt.number);
    for (const message of messages) this.#judge(message, byMessage.get(message.number)!);
    this.#attempts.clear();
    this.#slots.clear();
    this.#installation.proxy.log.clear();
  }

  async #send(slot: Slot, message: TestMessage): Promise<void> {
    const before = slot.ear.count;
    this.#slots.set(message.number, slot);
    await this.#sendOver(slot.reference, message);
    this.tally.sent += 1;
    if (slot.ear.count === before + 1) return; // The marker alone.
    this.tally.passed += 1;
    await Promise.all(slot.others.map((lane) => this.#sendOver(lane, message)));
  }

  async #sendOver(lane: Lane, message: TestMessage): Promise<void> {
    const attempt = await lane.send(message);
    const known = this.#attempts.get(lane);
    if (known) known.push(attempt);
    else this.#attempts.set(lane, [attempt]);
  }

  /** Postern's lines by lane, once those of all markers are there. */
  async #logged(): Promise<LinesByLane> {
    for (let looks = 1; ; looks++) {
      await pause(lookMs);
      const lines = Map.groupBy(this.#installation.proxy.log.read(), ({ pool = '' }) => pool);
      const complete = [...this.#attempts].every(([{ name }, attempts]) => {
        return lines.get(name)?.at(-1)?.path === markerOf(attempts.at(-1)!);
      });
      if (complete || looks === mostLooks) return lines;
    }
  }

  /** What was heard, by id. What belongs to no exchange is a difference of all messages that it may have come from. */
  #heard(lines: readonly LogLine[], messages: readonly TestMessage[]): Map<string, Heard[]> {
    const ids = new Set(lines.map(({ id }) => id));
    const heard = new Map<string, Heard[]>();
    for (const { server, ear } of this.#installation.ears) {
      for (const one of ear.take()) {
        const known = heard.get(one.id);
        if (known) known.push(one);
        else if (ids.has(one.id)) heard.set(one.id, [one]);
        else if (!this.#former.has(one.id)) this.tally.stray(server, one, messages);
      }
    }
    this.#former = ids;
    return heard;
  }

  #judge(message: TestMessage, evidence: readonly Evidence[]): void {
    const slot = this.#slots.get(message.number)!;
    const reference = evidence.find(({ server }) => server === slot.reference.server)!;
    for (const one of evidence) {
      const verdict = one === reference ? judgeReference(one) : judgeServer(one, reference);
      this.tally.add(one.server, message, verdict);
    }
  }
}

type LinesByLane = ReadonlyMap<string, readonly LogLine[]>;
type Known = { readonly lines: LinesByLane; readonly heard: Evidence['heard'] };

/** The lines of a lane belong to one message after the other: each ends with its marker. */
function evidenceOf(lane: Lane, attempts: readonly Attempt[], { lines, heard }: Known): Evidence[] {
  const all = lines.get(lane.name) ?? [];
  let from = 0;
  return attempts.map((attempt) => {
    const marker = all.findLastIndex(({ path }) => path === markerOf(attempt)); // It may have been sent twice.
    const own = all.slice(from, Math.max(from, marker));
    if (marker >= 0) from = marker + 1;
    return { server: lane.server, attempt, lines: own, heard };
  });
}

function markerOf(attempt: Attempt): string {
  return `/marker-${attempt.number}`;
}
