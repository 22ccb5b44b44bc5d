import { isDeepStrictEqual } from 'node:util';

import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import type { OtlpPlan, Plan } from '../../proxy/index.ts';
import { messageOf } from '../message-of.ts';
import type { OpenExporter } from './open-exporter.ts';
import type { SpanCounts } from './otlp-exporter.ts';

/** How long the last spans may take when Postern stops, in ms; those for a collector that is no longer meant, too. */
const closeMs = 3000;

export interface SpanKeeperEnv {
  readonly version: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Spans of all threads on their way to the collector that the config in force names. Without one, nothing is even loaded. */
export class SpanKeeper {
  readonly counts: SpanCounts = { sent: 0, dropped: 0 };
  readonly #env: SpanKeeperEnv;
  #plan: OtlpPlan | undefined;
  #exporter: OpenExporter | undefined;
  /** Each config after the one before. */
  #turn: Promise<void> = Promise.resolve();
  /** The exporters before this one: they have their last spans to send. */
  readonly #leaving: Set<Promise<void>> = new Set();

  constructor(env: SpanKeeperEnv) {
    this.#env = env;
  }

  /** Spans in OTLP's JSON, from a thread. Those that come while there is no collector are dropped. */
  readonly take = (spans: readonly string[]): void => {
    if (this.#exporter === undefined) this.counts.dropped += spans.length;
    else this.#exporter.add(spans);
  };

  /** Takes a plan over; resolves when its exporter is there. Never rejects. */
  follow({ trace, instance }: Plan): Promise<void> {
    this.#turn = this.#turn.then(() => this.#follow(trace?.otlp, instance));
    return this.#turn;
  }

  /** Sends what waits, within 3 s. */
  async close(): Promise<void> {
    await this.#turn;
    const exporter = this.#exporter;
    this.#exporter = undefined;
    this.#plan = undefined;
    this.#leave(exporter);
    await Promise.all(this.#leaving);
  }

  #leave(exporter: OpenExporter | undefined): void {
    if (exporter === undefined) return;
    const left = exporter.close(closeMs);
    this.#leaving.add(left);
    void left.finally(() => this.#leaving.delete(left));
  }

  async #follow(plan: OtlpPlan | undefined, instance: string): Promise<void> {
    if (isDeepStrictEqual(plan && targetOf(plan), this.#plan && targetOf(this.#plan))) return;
    const before = this.#exporter;
    try {
      this.#exporter = plan && (await this.#open(plan, instance));
      this.#plan = plan;
      this.#leave(before);
    } catch (error) {
      this.#env.log.error(`Cannot send spans: ${messageOf(error)}`);
    }
  }

  async #open(plan: OtlpPlan, instance: string): Promise<OpenExporter> {
    const { openExporter } = await import('./open-exporter.ts');
    return openExporter(plan, { ...this.#env, instance, counts: this.counts });
  }
}

/** What another exporter is needed for. */
function targetOf({ endpoint, headers, service }: OtlpPlan): unknown {
  return { endpoint, headers, service };
}
