import type { BoundListener } from '../proxy/index.ts';
import type { ConfigPlaces } from './config/config-places.ts';
import type { ConfigProblem } from './config/config-problem.ts';
import type { ConfigTexts } from './config/config-texts.ts';
import type { Described } from './config/describe.ts';
import type { LoadedConfig, LoadResult } from './config/load-result.ts';
import type { GivenText } from './config/load-in-worker.ts';
import { requestOf, type Explained, type Question } from './explain/explain-config.ts';
import { hideSecrets } from './explain/hide-secrets.ts';
import { keepParts } from './keep-parts.ts';
import type { TrafficBooks } from './metrics/traffic-metrics.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { configChanges } from './preview/config-changes.ts';
import type { PlanChanges } from './preview/plan-changes.ts';
import { sameConfig } from './same-config.ts';
import { pinPorts } from './threads/pin-ports.ts';
import type { ThreadHost } from './threads/thread-host.ts';
import { usableConfig } from './usable-config.ts';

/** A config besides the one in force: a file by its absolute path, or a text. */
export type OtherConfig =
  | { readonly path: string }
  | { readonly text: string; /** As `LoadEnv.alone`. */ readonly alone: boolean };

export interface InsightParts {
  readonly host: Pick<ThreadHost, 'explain'>;
  readonly state: TrafficBooks;
  /** The config as it is now. Never rejects. */
  readonly load: () => Promise<LoadResult>;
  /** Never rejects. */
  readonly loadOther: (other: { readonly path: string } | GivenText) => Promise<LoadResult>;
  /** Never rejects; undefined: its texts cannot be read any more. */
  readonly describe: (texts: ConfigTexts, whole: boolean) => Promise<Described | undefined>;
}

/** What is in force. */
export interface InForce {
  readonly config: LoadedConfig;
  readonly listeners: readonly BoundListener[];
}

/** What a reload with another config would do. */
export type PreviewResult =
  | {
      readonly ok: true;
      /** False: it is the same config. */
      readonly changed: boolean;
      readonly changes: PlanChanges;
      readonly warnings: readonly ConfigProblem[];
    }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** Looks at a running Postern: what is in force, and what would be. Changes nothing. */
export class Insight {
  readonly #parts: InsightParts;
  readonly #inForce: () => InForce;
  /** Configs that are read for somebody who asks: one at a time, for each may take a processor and much memory. */
  readonly #turns = new OneAtATime();
  #known: { readonly texts: ConfigTexts; readonly places: Promise<ConfigPlaces | undefined> } | undefined;

  constructor(parts: InsightParts, inForce: () => InForce) {
    this.#parts = parts;
    this.#inForce = inForce;
  }

  get config(): LoadedConfig {
    return this.#inForce().config;
  }

  /** What has been counted since the start. */
  get books(): TrafficBooks {
    return this.#parts.state;
  }

  /**
   * What would become of a request, by the config in force and as things are now in a data thread. What is secret is hidden.
   * @throws {Error} in words, where the question makes no sense.
   * @throws {ProxyError} `internal-error` where no thread answers.
   */
  async explain(question: Question): Promise<Explained> {
    const { config, listeners } = this.#inForce();
    const request = requestOf(question, pinPorts(config.plan, listeners));
    const explanation = await this.#parts.host.explain(request);
    const { method, url } = question;
    const explained = { ...explanation, method, url, places: await this.places() };
    return hideSecrets(explained, config.secrets ?? []);
  }

  /** What a reload would change: with the config as it is now, or with another one. Never rejects. */
  async preview(other?: OtherConfig): Promise<PreviewResult> {
    const loaded = await this.#turns.run(() => this.#load(other));
    const { config } = this;
    const next = usableConfig(loaded, config);
    if (!next.ok) return { ok: false, problems: next.problems };
    const kept = keepParts(config, next);
    const { warnings } = next;
    return { ok: true, changed: !sameConfig(config, kept), changes: configChanges(config, kept), warnings };
  }

  /** As `effectiveConfig`, with what opens something hidden; undefined: nobody knows its text. Never rejects. */
  async effective(): Promise<string | undefined> {
    const { texts } = this.config;
    return texts && (await this.#describe(texts, true))?.yaml;
  }

  /** Where the parts of the config stand; undefined: nobody knows. The first time takes seconds with thousands of routes. Never rejects. */
  async places(): Promise<ConfigPlaces | undefined> {
    const { texts } = this.config;
    if (texts === undefined) return undefined;
    if (this.#known?.texts !== texts) this.#known = { texts, places: this.#findPlaces(texts) };
    return await this.#known.places;
  }

  async #load(other: OtherConfig | undefined): Promise<LoadResult> {
    const { load, loadOther } = this.#parts;
    if (other === undefined) return await load();
    return await loadOther('path' in other ? other : { ...other, folder: this.config.texts?.folder ?? '.' });
  }

  async #findPlaces(texts: ConfigTexts): Promise<ConfigPlaces | undefined> {
    const { plan } = this.config;
    const described = await this.#describe(texts, false);
    if (described === undefined) {
      this.#known = undefined; // Another time there may be a thread for it.
      return undefined;
    }
    const { listeners, routes, pools } = described.places;
    const named = plan.routes.map(({ name }, i) => [name, routes[i] ?? texts.file] as const);
    return { listeners, routes: Object.fromEntries(named), pools };
  }

  async #describe(texts: ConfigTexts, whole: boolean): Promise<Described | undefined> {
    return await this.#turns.run(() => this.#parts.describe(texts, whole));
  }
}
