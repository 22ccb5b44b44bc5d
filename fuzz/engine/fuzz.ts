import { Coverage } from './coverage.ts';
import { minimise } from './minimise.ts';
import { mutate, type Material } from './mutate.ts';
import { Random } from './random.ts';
import type { Session, Target } from './target.ts';

/** No parser takes so long for a few kB, however busy the machine is. */
const slowMs = 5000;

/** Between two looks at what has been reached: a look costs some ms. */
const batchMs = 60;

/** Most runs that making a find smaller may take, and where each needs everything opened anew. */
const mostRuns = 2000;
const freshRuns = 60;

/** Inputs that are kept at most: past them one is replaced. */
const mostKept = 2000;

export interface FuzzOptions {
  readonly seed: number;
  readonly seconds: number;
  /** At most so many inputs; default: as many as the time allows. */
  readonly runs?: number;
  /** Keep inputs that reach something new. Costs about half of the speed. */
  readonly guided?: boolean;
  /** Told of each input before it runs: an endless loop can be traced to it. */
  readonly before?: (input: Buffer) => void;
}

/** An input for which a property does not hold. */
export interface Find {
  readonly input: Buffer;
  readonly error: unknown;
}

export interface Outcome {
  readonly runs: number;
  /** Inputs that reached something new. */
  readonly kept: number;
  /** Characters of the product's source that ran. */
  readonly reached: number;
  readonly find: Find | undefined;
}

/** Runs one target until its time is over or a property does not hold. */
export async function fuzz(target: Target, options: FuzzOptions): Promise<Outcome> {
  const session = await target.open();
  const run = new Run(target, session, options);
  const outcome = await run.all();
  try {
    await session.close?.();
    return outcome;
  } catch (error) {
    // What was found before comes first; otherwise it is known only that one of the inputs has done it.
    return { ...outcome, find: outcome.find ?? { input: Buffer.alloc(0), error } };
  }
}

/** Runs one input as it was found. @throws what the property says. */
export async function replay(session: Session, input: Buffer): Promise<void> {
  const copy = Buffer.from(input);
  const begun = performance.now();
  await session.check(copy, Random.of(input));
  const took = performance.now() - begun;
  if (took > slowMs) throw new Error(`it took ${Math.round(took)} ms`);
}

class Run {
  readonly #target: Target;
  readonly #session: Session;
  readonly #options: FuzzOptions;
  readonly #random: Random;
  readonly #pool: Buffer[];
  readonly #material: Material;
  readonly #coverage: Coverage | undefined;
  #runs = 0;
  #kept = 0;

  constructor(target: Target, session: Session, options: FuzzOptions) {
    this.#target = target;
    this.#session = session;
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#pool = ['', ...target.seeds()].map((text) => Buffer.from(text, 'latin1'));
    this.#material = { pool: this.#pool, words: target.words, longest: target.longest ?? 4096 };
    this.#coverage = options.guided === true && target.guided !== false ? new Coverage() : undefined;
  }

  async all(): Promise<Outcome> {
    this.#coverage?.start();
    try {
      return this.#outcome((await this.#seeds()) ?? (await this.#mutations()));
    } finally {
      this.#coverage?.stop();
    }
  }

  async #seeds(): Promise<Find | undefined> {
    // With few runs most are for what is new.
    const most = Math.ceil((this.#options.runs ?? Infinity) / 3);
    for (const seed of this.#pool.slice(0, most)) {
      const find = await this.#one(seed);
      if (find !== undefined) return find;
    }
    this.#coverage?.fresh(true);
    return undefined;
  }

  async #mutations(): Promise<Find | undefined> {
    const end = performance.now() + this.#options.seconds * 1000;
    const most = this.#options.runs ?? Infinity;
    while (performance.now() < end && this.#runs < most) {
      const batch: Buffer[] = [];
      for (const until = performance.now() + batchMs; performance.now() < until && this.#runs < most;) {
        const input = mutate(this.#random, this.#material);
        batch.push(input);
        const find = await this.#one(input);
        if (find !== undefined) return find;
      }
      if (this.#coverage !== undefined && this.#coverage.fresh(false) > 0) await this.#keepNew(batch, this.#coverage);
    }
    return undefined;
  }

  /** Something in the batch is new: halves it until the inputs are found that reach it. */
  async #keepNew(batch: readonly Buffer[], coverage: Coverage): Promise<void> {
    const single = batch.length === 1;
    for (const input of batch) await this.#errorOf(input);
    if (coverage.fresh(single) === 0) return;
    if (single) return this.#keep(batch[0]!);
    const middle = batch.length >> 1;
    await this.#keepNew(batch.slice(0, middle), coverage);
    await this.#keepNew(batch.slice(middle), coverage);
  }

  #keep(input: Buffer): void {
    this.#kept++;
    if (this.#pool.length < mostKept) this.#pool.push(input);
    else this.#pool[this.#random.int(mostKept)] = input;
  }

  async #one(input: Buffer): Promise<Find | undefined> {
    this.#runs++;
    const error = await this.#errorOf(input);
    if (error === undefined) return undefined;
    if (this.#target.guided === false)
      return { input: await minimise(input, (candidate) => this.#failsAfresh(candidate, error), freshRuns), error };
    const small = await minimise(input, async (candidate) => isAlike(await this.#errorOf(candidate), error), mostRuns);
    return { input: small, error: (await this.#errorOf(small)) ?? error };
  }

  /** What has failed may have left the session in disorder. */
  async #failsAfresh(input: Buffer, error: unknown): Promise<boolean> {
    const session = await this.#target.open();
    try {
      await replay(session, input);
      return false;
    } catch (again) {
      return isAlike(again, error);
    } finally {
      await session.close?.().catch(() => undefined);
    }
  }

  async #errorOf(input: Buffer): Promise<unknown> {
    this.#options.before?.(input);
    try {
      await replay(this.#session, input);
      return undefined;
    } catch (error) {
      return error ?? new Error('thrown without a value');
    }
  }

  #outcome(find: Find | undefined): Outcome {
    return { runs: this.#runs, kept: this.#kept, reached: this.#coverage?.reached ?? 0, find };
  }
}

/** The same mistake, as far as can be told: the first words of the message without numbers and texts. */
function isAlike(one: unknown, other: unknown): boolean {
  return signatureOf(one) === signatureOf(other);
}

function signatureOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.name} ${error.message
    .split('\n', 1)[0]!
    .replace(/\d+|'[^']*'|"[^"]*"/g, '')
    .slice(0, 60)}`;
}
