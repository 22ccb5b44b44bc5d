/** What is told of a member: an integer or boolean, or undefined for all other kinds. */
export type MemberValue = number | boolean | undefined;

/**
 * Reads a dictionary of structured fields (RFC 9651 section 4.2.2). Its grammar is checked; of the values, integers and booleans are
 * told, parameters are not.
 * @param text its length bounds the work, which is linear.
 * @returns undefined where it is malformed.
 */
export function readDictionary(text: string): ReadonlyMap<string, MemberValue> | undefined {
  return new Reader(text).dictionary();
}

/** Characters of an integer, with its sign. */
const mostDigits = 15;

/** Sticky: each is told where to begin at every use. None has a repetition within a repetition, so each character is looked at once. */
const patterns = {
  space: / */y,
  anySpace: /[ \t]*/y,
  key: /[a-z*][a-z0-9_.*-]*/y,
  number: /-?\d+(?:\.\d{1,3})?/y,
  string: /"(?:[ !#-[\]-~]|\\["\\])*"/y,
  display: /%"[ !#-~]*"/y,
  token: /[A-Za-z*][!#$%&'*+.^_`|~\w:/-]*/y,
  bytes: /:[A-Za-z0-9+/=]*:/y,
  boolean: /\?[01]/y,
  date: /@-?\d{1,15}/y,
} as const;

class Reader {
  readonly #text: string;
  #at = 0;
  #bad = false;

  constructor(text: string) {
    this.#text = text;
  }

  dictionary(): ReadonlyMap<string, MemberValue> | undefined {
    const members = new Map<string, MemberValue>();
    this.#take(patterns.space);
    while (this.#at < this.#text.length && !this.#bad) this.#member(members);
    return this.#bad ? undefined : members;
  }

  /** `key`, `key=value`, either with parameters, and the comma before the next one. */
  #member(members: Map<string, MemberValue>): void {
    const key = this.#need(patterns.key);
    members.set(key, this.#eat('=') ? this.#value() : true);
    this.#parameters();
    this.#take(patterns.anySpace);
    if (this.#at >= this.#text.length) return;
    if (!this.#eat(',')) this.#bad = true;
    this.#take(patterns.anySpace);
    // A comma has to be followed by a member.
    if (this.#at >= this.#text.length) this.#bad = true;
  }

  #value(): MemberValue {
    if (!this.#eat('(')) return this.#item();
    this.#take(patterns.space);
    while (!this.#bad && !this.#eat(')')) {
      this.#item();
      this.#parameters();
      const spaced = this.#take(patterns.space) !== '';
      if (!spaced && this.#text[this.#at] !== ')') this.#bad = true;
    }
    return undefined;
  }

  #parameters(): void {
    while (!this.#bad && this.#eat(';')) {
      this.#take(patterns.space);
      this.#need(patterns.key);
      if (this.#eat('=')) this.#item();
    }
  }

  #item(): MemberValue {
    switch (this.#text[this.#at]) {
      case '?':
        return this.#need(patterns.boolean) === '?1';
      case '"':
        return this.#other(patterns.string);
      case '%':
        return this.#other(patterns.display);
      case ':':
        return this.#other(patterns.bytes);
      case '@':
        return this.#other(patterns.date);
      default:
        return this.#numberOrToken();
    }
  }

  #numberOrToken(): MemberValue {
    const number = this.#take(patterns.number);
    if (number === '') return this.#other(patterns.token);
    if (number.replace(/[-.]/g, '').length > mostDigits) this.#bad = true;
    // A decimal is another kind than an integer, even 1.0.
    return number.includes('.') ? undefined : Number(number);
  }

  #other(pattern: RegExp): undefined {
    this.#need(pattern);
    return undefined;
  }

  #need(pattern: RegExp): string {
    const found = this.#take(pattern);
    if (found === '') this.#bad = true;
    return found;
  }

  /** What the pattern finds here, or nothing. */
  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #eat(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }
}
