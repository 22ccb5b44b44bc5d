import type { Headers } from '../../../core/headers.ts';
import type { Work } from '../feature.ts';
import { compileFieldTemplate, type Filled, type Template } from '../template.ts';

/** What is done to the fields of a message: `remove`, then `set`, then `add`. */
export interface FieldEditsConfig {
  /** Lower case; with a `*` at the end, every name that begins so. */
  readonly remove: readonly string[];
  readonly set: readonly FieldConfig[];
  readonly add: readonly FieldConfig[];
}

export interface FieldConfig {
  readonly name: string;
  readonly value: Template;
}

interface NewField {
  readonly name: string;
  readonly value: Filled;
}

/** Edits of the fields of one message, ready to be done. Values are worked out before anything is changed. */
export class FieldEdits {
  readonly #gone: NameSet | undefined;
  readonly #added: readonly NewField[];
  readonly #values: string[];

  constructor({ remove, set, add }: FieldEditsConfig) {
    const gone = [...remove, ...set.map(({ name }) => name.toLowerCase())];
    this.#gone = gone.length === 0 ? undefined : new NameSet(gone);
    this.#added = [...set, ...add].map(({ name, value }) => ({ name, value: compileFieldTemplate(value) }));
    this.#values = this.#added.map(() => '');
  }

  get empty(): boolean {
    return this.#gone === undefined && this.#added.length === 0;
  }

  apply(headers: Headers, work: Work): void {
    const added = this.#added;
    const values = this.#values;
    for (let i = 0; i < added.length; i++) values[i] = added[i]!.value(work);
    const gone = this.#gone;
    if (gone?.someOf(headers) === true) headers.filter((i) => !gone.has(headers.names[i]!));
    for (let i = 0; i < added.length; i++) headers.add(added[i]!.name, values[i]!);
  }
}

/**
 * Names of fields, asked without regard to case, and with `_` for `-`: CGI and its kin turn both into the same, so what is
 * removed as `X-User` must not come through as `X_User`.
 */
class NameSet {
  readonly #names: ReadonlySet<string>;
  readonly #prefixes: readonly string[];
  /** 1 where some name has this length: most others are told apart by that. */
  readonly #lengths: Uint8Array = new Uint8Array(64);
  readonly #shortestPrefix: number;

  constructor(names: readonly string[]) {
    const plain = names.map((name) => name.replaceAll('_', '-'));
    this.#names = new Set(plain.filter((name) => !name.endsWith('*')));
    this.#prefixes = plain.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1));
    this.#shortestPrefix = Math.min(Infinity, ...this.#prefixes.map((prefix) => prefix.length));
    for (const name of this.#names) this.#lengths[name.length & 63] = 1;
  }

  someOf({ names }: Headers): boolean {
    for (let i = 0; i < names.length; i++) if (this.has(names[i]!)) return true;
    return false;
  }

  has(name: string): boolean {
    const exact = this.#lengths[name.length & 63] === 1;
    if (!exact && name.length < this.#shortestPrefix) return false;
    const lower = name.toLowerCase();
    const plain = lower.includes('_') ? lower.replaceAll('_', '-') : lower;
    if (exact && this.#names.has(plain)) return true;
    for (let i = 0; i < this.#prefixes.length; i++) if (plain.startsWith(this.#prefixes[i]!)) return true;
    return false;
  }
}
