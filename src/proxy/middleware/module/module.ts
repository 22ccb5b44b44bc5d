import { ProxyError } from '../../../core/errors.ts';
import type { ProxyResponse } from '../../exchange.ts';
import type { Answer, Feature, FeatureEnv, Hooks, Verdict, Work } from '../feature.ts';
import type { BodyEnv } from './iterated-body.ts';
import { moduleName, type ModuleConfig } from './module-config.ts';
import { ModuleRun, type RunEnv } from './module-run.ts';
import { TimeLimit } from './time-limit.ts';
import { wordsFor } from './words-for.ts';

/** How often a middleware's failures are told, in ms: clients may be able to make it fail. */
const tellEveryMs = 1000;

/** People's own middleware, by a module that each data thread has imported, or by a function. */
export const module: Feature<ModuleConfig> = {
  name: 'module',
  create(config, env) {
    const loaded = env.modules?.get(JSON.stringify(config));
    // Whoever explains a config runs nobody's program.
    if (loaded === undefined) return { dry: notRun, request: () => undefined };
    return new ModuleHooks(config, loaded.middleware, env, loaded.close);
  },
};

const notRun = 'a program of your own: it is not run here, and may answer, refuse or change anything';

/** What the runs of one exchange share: kept by the exchange's work. */
class OwnPart {
  readonly state: Map<string, unknown> = new Map();
  readonly runs: { readonly of: ModuleHooks; readonly run: ModuleRun; shown: boolean }[] = [];
}

class ModuleHooks implements Required<Hooks> {
  readonly dry = notRun;
  readonly close: () => void;
  readonly #name: string;
  readonly #env: FeatureEnv;
  readonly #run: RunEnv;
  #toldAt = -Infinity;
  #untold = 0;

  constructor(config: ModuleConfig, middleware: RunEnv['middleware'], env: FeatureEnv, close: () => void) {
    this.#name = moduleName(config);
    this.#env = env;
    this.close = close;
    const turn: BodyEnv['turn'] = (action) => env.turn(action);
    const silence = new TimeLimit(config.silenceMs, env);
    const body: BodyEnv = { turn, silence, failed: (error) => this.#failed(error, '') };
    const failed: RunEnv['failed'] = (error, id) => this.#failed(error, id);
    this.#run = { middleware, body, limit: new TimeLimit(config.timeoutMs, env), failed };
  }

  request(work: Work): undefined | Promise<Verdict> {
    if (work.exchange.dry) return undefined;
    const part = partOf(work);
    const run = new ModuleRun(work, part.state, this.#run);
    part.runs.push({ of: this, run, shown: false });
    return run.begin();
  }

  response(answer: Answer, work: Work): void | Promise<void> {
    const { runs } = partOf(work);
    // The same one may stand in the list twice; none is there where a feature before it has answered.
    const last = runs.findLast(({ of, shown }) => of === this && !shown);
    if (last === undefined) return undefined;
    last.shown = true;
    return last.run.show(answer);
  }

  over(work: Work, by: ProxyError | ProxyResponse): void {
    for (const { of, run } of partOf(work).runs) if (of === this) run.end(by);
  }

  /** What it meant to refuse is not its failure. */
  #failed(error: unknown, id: string): ProxyError {
    if (error instanceof ProxyError && error.side !== 'self') return error;
    this.#tell(error, id);
    if (error instanceof ProxyError) return error;
    return new ProxyError('middleware-failed', `Cannot run ${this.#name}: ${wordsFor(error)}`, { cause: error });
  }

  #tell(error: unknown, id: string): void {
    const now = this.#env.clock.now();
    if (now - this.#toldAt < tellEveryMs) return void this.#untold++;
    const others = this.#untold === 0 ? '' : ` (and ${this.#untold} others since the last message)`;
    this.#toldAt = now;
    this.#untold = 0;
    const stack = error instanceof Error && !(error instanceof ProxyError) ? error.stack : undefined;
    const fields = { ...(id !== '' && { id }), ...(stack !== undefined && { stack }) };
    this.#env.log.error(`The middleware ${this.#name} failed: ${wordsFor(error)}${others}`, fields);
  }
}

function partOf(work: Work): OwnPart {
  if (work.own instanceof OwnPart) return work.own;
  const part = new OwnPart();
  work.own = part;
  return part;
}
