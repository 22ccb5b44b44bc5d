import { figure } from './table.ts';

/** A measured figure held against its limit. */
export interface Verdict {
  readonly what: string;
  /** Undefined: it could not be measured. */
  readonly value: number | undefined;
  readonly limit: number;
  readonly unit: string;
}

/** Collects what the scenarios find; says it as it comes. */
export class Report {
  readonly #verdicts: Verdict[] = [];
  readonly #data: Record<string, unknown> = {};
  readonly #judging: boolean;
  #failures = 0;

  /** `judging` false: figures are shown, but not held against the limits. */
  constructor(judging: boolean) {
    this.#judging = judging;
  }

  /** Prints. */
  say(text = ''): void {
    process.stdout.write(`${text}\n`);
  }

  /** Something did not run as it should: the exit code will be 1. */
  fail(text: string): void {
    this.#failures += 1;
    this.say(`!! ${text}`);
  }

  hold(verdict: Verdict): void {
    if (this.#judging) this.#verdicts.push(verdict);
  }

  /** Keeps raw figures for `--json`. */
  keep(name: string, data: unknown): void {
    this.#data[name] = data;
  }

  /** Prints the verdicts; `limits` says where the limits come from. */
  sum(limits = 'the limits of bench/limits.ts'): void {
    if (this.#verdicts.length > 0) this.say(`\nAgainst ${limits}`);
    for (const { what, value, limit, unit } of this.#verdicts) {
      const state = value === undefined ? 'not measured' : value <= limit ? 'ok' : 'MISSED';
      this.say(`  ${state.padEnd(12)} ${what}: ${figure(value)}${unit}, limit ${figure(limit)}${unit}`);
    }
    if (this.#failures > 0) this.say(`\n${this.#failures} failed, see the lines with !! above`);
  }

  get failed(): boolean {
    return this.#failures > 0;
  }

  /** A figure that could not be measured is no figure within its limit. */
  get missed(): boolean {
    return this.#verdicts.some(({ value, limit }) => value === undefined || value > limit);
  }

  toJSON(): object {
    return { ...this.#data, verdicts: this.#verdicts };
  }
}
