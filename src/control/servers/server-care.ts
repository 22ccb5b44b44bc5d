import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import { SecureContexts, type DataEvent, type HealthState, type OperatorState, type Plan } from '../../proxy/index.ts';
import type { EventsSettings } from '../events/events-settings.ts';
import { PoolEvents } from '../events/pool-events.ts';
import type { ServerEventKind } from '../events/server-event.ts';
import { ServerEvents, type NotedKind } from '../events/server-events.ts';
import { splitEvent } from '../events/split-event.ts';
import { Webhook, type WebhookCounts } from '../events/webhook.ts';
import type { KeptResult } from '../health/check-result.ts';
import { HealthKeeper, type CheckStatus } from '../health/health-keeper.ts';
import { afterTimer } from '../health/recurring.ts';
import { Slots } from '../health/slots.ts';
import type { EjectionStatus } from '../outliers/ejections.ts';
import type { OutlierKind } from '../outliers/find-outliers.ts';
import { PanicWatch } from '../outliers/panic-watch.ts';
import { TrafficWatch } from '../outliers/traffic-watch.ts';
import { effectiveState, isUsable } from './effective-state.ts';
import type { PoolState } from './pool-state.ts';
import type { ServerBoard, ServerName } from './server-board.ts';
import { splitChangeText, type SplitBoard } from './split-board.ts';

/** Checks over the network at once: more than servers that do not answer can hold up in all but the largest pools. */
const mostChecks = 512;
/** Programs at once. */
const mostScripts = 8;

/** Results of checks that are shown of all servers together: an answer of the admin API has a bound. */
const mostShown = 40_000;

/** What is known of a server, for people. */
export interface ServerStatus {
  readonly pool: string;
  readonly server: string;
  /** All that is said of it, together. */
  readonly operator: OperatorState;
  readonly health: HealthState;
  readonly ejected: boolean;
  /** Why it is ejected, and until when; undefined: it is not. */
  readonly ejection?: EjectionStatus | undefined;
  /** How often it was ejected, by what for; undefined: it never was. */
  readonly ejections?: Readonly<Partial<Record<OutlierKind, number>>> | undefined;
  /** Its share beside the others now; 0: it gets nothing new. */
  readonly weight: number;
  /** It may get new requests, as far as it is about itself. */
  readonly usable: boolean;
  /** Since when it has been as it is; ISO 8601. */
  readonly since: string;
  /** How often what happened to it, since it is in the config. */
  readonly changes: Readonly<Partial<Record<ServerEventKind, number>>>;
  /** The last check; undefined: there was none. */
  readonly lastCheck: KeptResult | undefined;
  readonly checks: CheckStatus['checks'];
  /** What it said of itself last, or why it said nothing; undefined: it is not asked. */
  readonly word: CheckStatus['word'];
}

export interface ServerCareEnv {
  readonly board: ServerBoard;
  readonly splits: SplitBoard;
  readonly clock: Clock;
  readonly log: Logger;
  readonly version: string;
  /** What a host of a server resolves to now. */
  readonly addressesOf: (host: string) => readonly string[];
}

/** All that the control plane does for servers: checks, slow starts, and word of what happens to them. */
export class ServerCare {
  readonly #env: ServerCareEnv;
  readonly #webhook: Webhook;
  readonly #events: ServerEvents;
  readonly #health: HealthKeeper;
  readonly #poolEvents: PoolEvents;
  readonly #traffic: TrafficWatch;
  readonly #panic: PanicWatch;
  readonly #forgetSplits: () => void;
  #pools: Plan['pools'] | undefined;

  constructor(env: ServerCareEnv) {
    const { board, splits, clock, log, version, addressesOf } = env;
    this.#env = env;
    const webhook = new Webhook({ log, version });
    this.#webhook = webhook;
    // Before the health keeper: what that makes of a change comes behind it.
    this.#events = new ServerEvents({ board, clock, log, tell: (event) => webhook.tell(event) });
    this.#poolEvents = new PoolEvents({ board, clock, log, tell: (event) => webhook.tell(event) });
    this.#forgetSplits = splits.listen((change) => {
      log.info(splitChangeText(change), { event: 'split-changed', route: change.route });
      webhook.tell(splitEvent(change, clock.date()));
    });
    this.#health = new HealthKeeper({
      board,
      clock,
      log,
      addressesOf,
      contexts: new SecureContexts(),
      after: afterTimer,
      random: Math.random,
      slots: new Slots(mostChecks),
      scripts: new Slots(mostScripts),
    });
    this.#traffic = new TrafficWatch({
      board,
      clock,
      log,
      after: afterTimer,
      random: Math.random,
      passedSince: (name, since) => this.#passedSince(name, since),
      breakerChanged: (pool, to, why) => this.#poolEvents.note(`breaker-${to}`, pool, why),
    });
    this.#panic = new PanicWatch(board, (panic, pool, why) =>
      this.#poolEvents.note(panic ? 'pool-panic' : 'pool-calm', pool, why),
    );
  }

  /** The board has the servers of this config already. */
  follow({ plan, events }: { readonly plan: Pick<Plan, 'pools'>; readonly events?: EventsSettings | undefined }): void {
    this.#webhook.follow(events?.webhook);
    if (plan.pools === this.#pools) return;
    this.#pools = plan.pools;
    this.#events.follow(plan);
    this.#health.follow(plan);
    this.#poolEvents.follow(new Set(plan.pools.map(({ name }) => name)));
    this.#traffic.follow(plan);
    this.#panic.follow(plan);
  }

  /** A data thread has something to say about a server or a pool. */
  take(event: DataEvent): void {
    this.#traffic.take(event);
  }

  /** Something has happened that no state of the board shows. */
  note(event: NotedKind, name: ServerName, why: string): void {
    this.#events.note(event, name, why);
  }

  stop(): void {
    this.#traffic.stop();
    this.#panic.stop();
    this.#health.stop();
    this.#events.stop();
    this.#forgetSplits();
    this.#webhook.stop();
  }

  get status(): readonly ServerStatus[] {
    const { servers } = this.#env.board;
    const shown = Math.max(1, Math.floor(mostShown / servers.length));
    return servers.map(({ pool, server, plan, record }) => {
      const state = effectiveState(record, plan);
      const known = this.#events.of({ pool, server });
      const { checks, word } = this.#health.statusOf({ pool, server });
      return {
        pool,
        server,
        ...state,
        usable: isUsable(state),
        ejection: this.#traffic.ejectionOf({ pool, server }),
        ejections: this.#traffic.ejectionCountsOf({ pool, server }),
        since: new Date(known?.since ?? this.#env.clock.date()).toISOString(),
        changes: Object.fromEntries(known?.counts ?? []),
        lastCheck: checks?.history.at(-1),
        checks: checks && { ...checks, history: checks.history.slice(-shown) },
        word,
      };
    });
  }

  /** Of pools that have a circuit breaker, or to which something has happened. */
  get pools(): readonly PoolState[] {
    const breakers = new Map(this.#traffic.breakers.map(({ pool, ...breaker }) => [pool, breaker]));
    return (this.#pools ?? []).flatMap(({ name: pool }) => {
      const [breaker, changes, panic] = [breakers.get(pool), this.#poolEvents.countsOf(pool), this.#panic.has(pool)];
      const untouched = breaker === undefined && !panic && Object.keys(changes).length === 0;
      return untouched ? [] : [{ pool, panic, breaker, changes }];
    });
  }

  /** The last check of the server began at or after that time, and has passed. */
  #passedSince(name: ServerName, since: number): boolean {
    const last = this.#health.statusOf(name).checks?.history.at(-1);
    return last !== undefined && last.ok && Date.parse(last.at) >= since;
  }

  /** Of the webhook; undefined: no config had one. */
  get told(): WebhookCounts {
    return this.#webhook.counts;
  }
}
