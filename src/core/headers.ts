import { Field, fieldId, type FieldId } from './field-names.ts';

/**
 * The fields of one message: a flat list that keeps order, case and repeats, looked up without regard to case.
 *
 * Three parallel arrays, because the hot path walks them by index: `names[i]`, `values[i]` and `ids[i]` belong together.
 * Values are strings of bytes (latin1), as they came, without white space around them.
 */
export class Headers {
  readonly names: string[] = [];
  readonly values: string[] = [];
  readonly ids: FieldId[] = [];
  /** Names (lower case) of fields that came marked never to be kept in a table of HTTP/2 (RFC 7541 section 6.2.3); undefined: none. */
  neverIndexed: readonly string[] | undefined = undefined;

  get length(): number {
    return this.names.length;
  }

  /** Appends a field. The caller vouches for name and value: they are written out as they are. */
  add(name: string, value: string, id: FieldId = fieldId(name)): void {
    this.names.push(name);
    this.values.push(value);
    this.ids.push(id);
  }

  /** The first value of the field, or undefined. */
  get(name: string): string | undefined {
    const at = this.#find(name, fieldId(name), 0);
    return at < 0 ? undefined : this.values[at];
  }

  /** The first value of a well-known field: one walk over small integers. */
  getById(id: FieldId): string | undefined {
    const at = this.ids.indexOf(id);
    return at < 0 ? undefined : this.values[at];
  }

  /** All values of the field, in order. */
  getAll(name: string): string[] {
    const id = fieldId(name);
    const found: string[] = [];
    for (let at = this.#find(name, id, 0); at >= 0; at = this.#find(name, id, at + 1)) found.push(this.values[at]!);
    return found;
  }

  has(name: string): boolean {
    return this.#find(name, fieldId(name), 0) >= 0;
  }

  /** Replaces every field of this name by one at the place of the first, or appends it. */
  set(name: string, value: string): void {
    const at = this.#find(name, fieldId(name), 0);
    if (at < 0) return this.add(name, value);
    this.names[at] = name;
    this.values[at] = value;
    const id = this.ids[at]!;
    const lower = name.toLowerCase();
    this.filter((i) => i === at || !this.#is(i, lower, id));
  }

  /** Removes every field of this name. */
  remove(name: string): void {
    const lower = name.toLowerCase();
    const id = fieldId(lower);
    this.filter((i) => !this.#is(i, lower, id));
  }

  /** Keeps the fields for which `keep` holds, in place. `keep` must not change the list. */
  filter(keep: (index: number) => boolean): void {
    let to = 0;
    for (let i = 0; i < this.names.length; i++) {
      if (!keep(i)) continue;
      this.names[to] = this.names[i]!;
      this.values[to] = this.values[i]!;
      this.ids[to] = this.ids[i]!;
      to++;
    }
    this.names.length = this.values.length = this.ids.length = to;
  }

  #find(name: string, id: FieldId, from: number): number {
    if (id !== Field.Other) return this.ids.indexOf(id, from);
    const lower = name.toLowerCase();
    for (let i = from; i < this.names.length; i++) if (this.#is(i, lower, id)) return i;
    return -1;
  }

  #is(i: number, lower: string, id: FieldId): boolean {
    if (this.ids[i] !== id) return false;
    if (id !== Field.Other) return true;
    const name = this.names[i]!;
    return name.length === lower.length && (name === lower || name.toLowerCase() === lower);
  }
}
