import { resolve } from 'node:path';

import type { PosternStatus, ReloadResult } from './control/controlled.ts';
import { loadConfig, loadConfigObject, loadKept } from './control/config/load-config.ts';
import type { LoadEnv, LoadResult } from './control/config/load-result.ts';
import type { Explained, Question } from './control/explain/explain-config.ts';
import type { RunningPostern } from './control/running-postern.ts';
import type { Logger } from './core/log.ts';
import type { BoundListener } from './proxy/index.ts';
import { OwnFunctions, type ConfigWithFunctions } from './own-functions.ts';
import { startPostern } from './server.ts';

export interface CreateProxyOptions {
  /** Data threads; default 0: everything in the caller's event loop. `auto`: one a processor. What the config says does not count. */
  readonly threads?: number | 'auto';
  /** Takes the messages; default: standard error, as JSON. */
  readonly log?: Logger;
  /** Where relative paths of a config that is an object start; default: the working folder. */
  readonly folder?: string;
  /** For `${NAME}` in the config; default: that of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** A config, or the path of its file. With `threads: 0`, functions may stand in a route's `middleware`. */
export type ProxyConfig = ConfigWithFunctions | string;

/** A proxy within a program. */
export interface Proxy {
  /** Where it listens; empty before `start`. */
  readonly listeners: readonly BoundListener[];
  /**
   * Starts, and resolves once it takes connections.
   * @throws {ConfigRefused} with every mistake in the config.
   * @throws {ProxyError} `listen-failed` where an address cannot be opened. Nothing is left running then.
   */
  start(): Promise<readonly BoundListener[]>;
  /** Puts a config in force, or the same one anew; what is wrong changes nothing and is in the result. */
  reload(config?: ProxyConfig): Promise<ReloadResult>;
  status(): Promise<PosternStatus>;
  /** As text for Prometheus. */
  metrics(): Promise<string>;
  /** What would become of a request by the config in force, and as things are now in a data thread. @throws Error in words where the question makes no sense. */
  explain(question: Question): Promise<Explained>;
  /** Lets open requests end; with `now` ends them. Resolves when nothing is left. */
  close(options?: { readonly now?: boolean }): Promise<void>;
}

/**
 * A proxy as a part of another program. It installs no handlers for signals or errors, opens no control socket, and shares nothing
 * with a second one.
 *
 * ```ts
 * const proxy = createProxy({
 *   listeners: { web: { address: '127.0.0.1:0' } },
 *   routes: [{ to: 'http://127.0.0.1:3000' }],
 * });
 * const [web] = await proxy.start();
 * ```
 */
export function createProxy(config: ProxyConfig, options: CreateProxyOptions = {}): Proxy {
  return new EmbeddedProxy(config, options);
}

class EmbeddedProxy implements Proxy {
  readonly #options: CreateProxyOptions;
  readonly #functions = new OwnFunctions();
  #config: ProxyConfig;
  /** Of the functions in the config that was read last. */
  #names: ReadonlyMap<string, string> = new Map();
  #running: Promise<RunningPostern> | undefined;
  #listeners: readonly BoundListener[] = [];

  constructor(config: ProxyConfig, options: CreateProxyOptions) {
    this.#config = config;
    this.#options = options;
  }

  get listeners(): readonly BoundListener[] {
    return this.#listeners;
  }

  async start(): Promise<readonly BoundListener[]> {
    if (this.#running !== undefined) throw new Error('Cannot start: it was started already');
    const { threads = 0, log } = this.#options;
    this.#running = startPostern({
      config: (env) => this.#load(env),
      configName: typeof this.#config === 'string' ? this.#config : 'config',
      threads,
      functions: this.#functions.byId,
      // A thread that cannot be ended is told of; the process belongs to somebody else.
      onStuck: () => {},
      ...(log !== undefined && { log }),
    });
    const postern = await this.#running;
    this.#listeners = postern.listeners;
    return this.#listeners;
  }

  async reload(config: ProxyConfig = this.#config): Promise<ReloadResult> {
    const postern = await this.#started();
    const [before, names] = [this.#config, this.#names];
    this.#config = config;
    const result = await postern.reload();
    if (result.ok) this.#functions.keep(this.#names);
    else [this.#config, this.#names] = [before, names];
    this.#listeners = postern.listeners;
    return result;
  }

  async status(): Promise<PosternStatus> {
    return await (await this.#started()).status();
  }

  async metrics(): Promise<string> {
    return await (await this.#started()).metrics();
  }

  async explain(question: Question): Promise<Explained> {
    return await (await this.#started()).insight.explain(question);
  }

  async close(options?: { readonly now?: boolean }): Promise<void> {
    const postern = await this.#running?.catch(() => undefined);
    await postern?.stop(options);
    this.#listeners = [];
  }

  #started(): Promise<RunningPostern> {
    if (this.#running === undefined) throw new Error('Cannot ask: it is not started yet');
    return this.#running;
  }

  async #load(env: LoadEnv): Promise<LoadResult> {
    const { environment = process.env, folder = '.' } = this.#options;
    const own = { ...env, environment };
    if (env.kept !== undefined) return await loadKept(env.kept, this.#withFunctions(own));
    if (typeof this.#config === 'string') return await loadConfig(this.#config, own);
    return await this.#loadObject(this.#config, resolve(folder), own);
  }

  /** Functions run in the caller's own event loop and nowhere else. */
  async #loadObject(given: ConfigWithFunctions, folder: string, env: LoadEnv): Promise<LoadResult> {
    const { config, names } = this.#functions.takeOut(given);
    this.#names = names;
    return await loadConfigObject(config, folder, this.#withFunctions(env));
  }

  #withFunctions(env: LoadEnv): LoadEnv {
    const { threads = 0 } = this.#options;
    return { ...env, ...(threads === 0 && { functions: this.#names }) };
  }
}
