import { Field, fieldId } from '../../../core/field-names.ts';
import { Headers as Fields } from '../../../core/headers.ts';
import { fieldChar, isToken } from '../../../wire/chars.ts';
import { crosses } from '../../../wire/hop-by-hop.ts';
import type { FieldsLike, UserHeaders } from './middleware.ts';

/** The fields of a message, as people's own middleware sees them: nothing gets in that could not be written out. */
export class HeaderView implements UserHeaders {
  readonly #fields: Fields;

  constructor(fields: Fields) {
    this.#fields = fields;
  }

  get(name: string): string | undefined {
    const values = this.#fields.getAll(name);
    return values.length === 0 ? undefined : values.join(name.toLowerCase() === 'cookie' ? '; ' : ', ');
  }

  getAll(name: string): string[] {
    return this.#fields.getAll(name);
  }

  has(name: string): boolean {
    return this.#fields.has(name);
  }

  set(name: string, value: string | number): void {
    this.#fields.set(...checked(name, value));
  }

  append(name: string, value: string | number): void {
    this.#fields.add(...checked(name, value));
  }

  remove(name: string): void {
    this.#fields.remove(name);
  }

  *entries(): IterableIterator<[string, string]> {
    const { names, values } = this.#fields;
    for (let i = 0; i < names.length; i++) yield [names[i]!, values[i]!];
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }
}

/** @throws TypeError where one of them is no field. Those that the proxy writes itself are left out. */
export function fieldsOf(given: FieldsLike | undefined): Fields {
  const fields = new Fields();
  for (const [name, value] of pairsOf(given)) {
    // A Response that came from elsewhere has these, and they speak of another connection.
    if (isToken(name) && !crosses(fieldId(name))) continue;
    for (const each of Array.isArray(value) ? value : [value]) fields.add(...checked(name, each));
  }
  return fields;
}

function pairsOf(given: FieldsLike | undefined): Iterable<readonly [string, unknown]> {
  if (given === undefined || given === null) return [];
  if (typeof given !== 'object') throw new TypeError(`Cannot read the fields: they are a ${typeof given}, not a map`);
  return isIterable(given) ? given : Object.entries(given);
}

function isIterable(given: object): given is Iterable<readonly [string, unknown]> {
  return Symbol.iterator in given;
}

function checked(name: string, value: unknown): [name: string, value: string] {
  if (typeof name !== 'string' || !isToken(name)) {
    throw new TypeError(`Cannot set the field ${JSON.stringify(name)}: a name has letters, digits and -`);
  }
  // The server's Alt-Svc stays behind; one's own is meant.
  if (!crosses(fieldId(name)) && fieldId(name) !== Field.AltSvc)
    throw new TypeError(`Cannot set the field ${name}: the proxy writes it itself`);
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw new TypeError(`Cannot set the field ${name}: its value is a ${typeof value}, not a text`);
  }
  const text = String(value).trim();
  for (let i = 0; i < text.length; i++) {
    if (fieldChar[text.charCodeAt(i)] === 1) continue;
    throw new TypeError(`Cannot set the field ${name}: its value has a line break or a character beyond Latin-1`);
  }
  return [name, text];
}
