import type { FieldId } from '../../core/field-names.ts';
import type { Headers } from '../../core/headers.ts';

/** What one walk looks at, empty elements counted: no honest chain of proxies is longer. */
const maxElements = 32;

/**
 * The elements of a list field (all its lines joined) from the last to the first, without white space round them and
 * without empty ones. Commas in quoted strings separate nothing.
 *
 * Read from the right, because what stands right was written by the proxies nearest to us: whatever a client put in front,
 * an open quote too, can change how its own part reads and not theirs. A backslash is not known here, addresses need none.
 */
export class ElementsFromRight {
  readonly #headers: Headers;
  readonly #id: FieldId;
  #field: number;
  /** The part of the field's value that is still to be read; undefined: it is used up. */
  #rest: string | undefined = undefined;
  #left = maxElements;

  constructor(headers: Headers, id: FieldId) {
    this.#headers = headers;
    this.#id = id;
    this.#field = headers.length;
  }

  /** Undefined: there are no more, or it has been enough. */
  next(): string | undefined {
    while (this.#left > 0) {
      this.#rest ??= this.#previousField();
      if (this.#rest === undefined) return undefined;
      this.#left--;
      const comma = lastComma(this.#rest);
      const element = this.#rest.slice(comma + 1).trim();
      this.#rest = comma < 0 ? undefined : this.#rest.slice(0, comma);
      if (element !== '') return element;
    }
    return undefined;
  }

  #previousField(): string | undefined {
    if (this.#field === 0) return undefined;
    this.#field = this.#headers.ids.lastIndexOf(this.#id, this.#field - 1);
    if (this.#field >= 0) return this.#headers.values[this.#field];
    this.#field = 0;
    return undefined;
  }
}

/** Place of the last comma outside of quotes; -1: there is none. */
function lastComma(text: string): number {
  let quoted = false;
  for (let i = text.length - 1; i >= 0; i--) {
    const code = text.charCodeAt(i);
    if (code === 0x22) quoted = !quoted;
    else if (code === 0x2c && !quoted) return i;
  }
  return -1;
}
