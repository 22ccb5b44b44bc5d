import type { Headers } from '../../core/headers.ts';
import { latin1Write } from '../../core/latin1.ts';
import { fieldOverhead } from './header-field.ts';
import { HpackDynamicTable, type Sized } from './hpack-dynamic-table.ts';
import { Indexing, policyOf, type NamePolicy } from './hpack-index-policy.ts';
import { staticCount } from './hpack-static-table.ts';
import { encodeHuffman, huffmanLength } from './huffman-encode.ts';

/** Entries of a name that are looked through for a value. */
const mostTries = 8;
/** Names that are remembered; past it unknown ones are forgotten, and what the table has of them is not found again. */
const mostNames = 128;
/** A value longer than this is not remembered to see whether it comes again. */
const longestCandidate = 512;
/** What one field takes beside its name and value: a byte, and three integers of at most three bytes each. */
const mostOverhead = 16;

const nowhere = Buffer.alloc(0);

/** What stands for a name in this connection. */
interface Slot {
  readonly policy: NamePolicy;
  /** Number of its newest entry in the table; 0: none. */
  newest: number;
  /** The last value that was sent and not put into the table. */
  candidate: string | undefined;
}

interface Entry extends Sized {
  readonly value: string;
  /** Number of the entry of the same name before it. */
  readonly older: number;
}

/** Bytes that fields may take at most, however they are coded. */
export function roomForFields({ names, values }: Headers): number {
  let room = mostOverhead;
  for (let i = 0; i < names.length; i++) room += names[i]!.length + values[i]!.length + mostOverhead;
  return room;
}

/**
 * Writes the header blocks of one direction of a connection (RFC 7541): `begin`, then its fields, then `end` says where it
 * ends. A block that was begun must be sent, before any other one: the peer's table changes by it.
 */
export class HpackEncoder {
  /** Behind the last byte written. */
  end = 0;
  readonly #own: number;
  readonly #table: HpackDynamicTable<Entry>;
  readonly #slots: Map<string, Slot> = new Map();
  #out: Buffer = nowhere;
  /** The smallest size that the table had since the last block, or -1: it did not change. */
  #smallest = -1;

  /** @param ownLimit bytes that our table has at most, whatever the peer would allow. */
  constructor(ownLimit = 4096) {
    this.#own = ownLimit;
    this.#table = new HpackDynamicTable(4096);
    this.limitTable(4096);
  }

  /** Bytes of the entries that are kept. */
  get tableBytes(): number {
    return this.#table.size;
  }

  /** The peer's SETTINGS_HEADER_TABLE_SIZE. The next block tells it what became of the table (section 4.2). */
  limitTable(size: number): void {
    const next = Math.min(size, this.#own);
    if (next === this.#table.maxSize) return;
    if (this.#smallest < 0 || next < this.#smallest) this.#smallest = next;
    this.#table.resize(next);
  }

  /** Begins a block at `out[at]`. Who calls sees that there is room: `roomForFields`. */
  begin(out: Buffer, at: number): void {
    this.#out = out;
    this.end = at;
    if (this.#smallest < 0) return;
    const last = this.#table.maxSize;
    if (this.#smallest < last) this.#integer(0x20, 5, this.#smallest);
    this.#integer(0x20, 5, last);
    this.#smallest = -1;
  }

  /** `:status`. */
  status(status: number): void {
    const index = statusIndex(status);
    if (index === 0) this.field(':status', String(status));
    else this.#out[this.end++] = 0x80 | index;
  }

  /** Fields from end to end, in their order; names of any case. */
  fields({ names, values }: Headers): void {
    for (let i = 0; i < names.length; i++) this.field(names[i]!, values[i]!);
  }

  /** One field. Characters are bytes; the caller vouches for them. */
  field(name: string, value: string): void {
    const slot = this.#slots.get(name) ?? this.#newSlot(name);
    const { policy } = slot;
    if (policy.staticValues !== undefined) {
      const found = policy.staticValues.indexOf(value);
      if (found >= 0) return this.#integer(0x80, 7, policy.staticIndex + found);
    }
    if (slot.newest > this.#table.evicted) {
      const number = this.#find(slot, value);
      if (number > 0) return this.#integer(0x80, 7, this.#indexOf(number));
    }
    this.#literal(slot, value);
  }

  /** A field that came to us as one that nobody may index, so nor may who is behind us (section 6.2.3). */
  secret(name: string, value: string): void {
    const slot = this.#slots.get(name) ?? this.#newSlot(name);
    this.#head(0x10, 4, slot);
    this.#text(value);
  }

  #find(slot: Slot, value: string): number {
    let number = slot.newest;
    for (let tries = 0; number > this.#table.evicted && tries < mostTries; tries++) {
      const entry = this.#table.at(number);
      if (entry.value === value) return number;
      number = entry.older;
    }
    return 0;
  }

  #indexOf(number: number): number {
    return staticCount + 1 + this.#table.newest - number;
  }

  #literal(slot: Slot, value: string): void {
    const { indexing } = slot.policy;
    if (indexing === Indexing.Dropped) return;
    if (indexing === Indexing.Never) this.#head(0x10, 4, slot);
    else if (!this.#takes(slot, value)) this.#head(0, 4, slot);
    else {
      // The name's index is of the table as it is before the entry goes in.
      this.#head(0x40, 6, slot);
      this.#insert(slot, value);
    }
    this.#text(value);
  }

  /** Whether the field goes into the table; where not yet, it is remembered. */
  #takes(slot: Slot, value: string): boolean {
    const { indexing } = slot.policy;
    if (indexing === Indexing.Not || indexing === Indexing.Never) return false;
    // One that takes more than half of the table would push out more than it brings.
    if ((value.length + slot.policy.name.length + fieldOverhead) * 2 > this.#table.maxSize) return false;
    if (indexing === Indexing.AtOnce || slot.candidate === value) return true;
    slot.candidate = value.length > longestCandidate ? undefined : value;
    return false;
  }

  #insert(slot: Slot, value: string): void {
    const size = value.length + slot.policy.name.length + fieldOverhead;
    slot.newest = this.#table.insert({ size, value, older: slot.newest });
    slot.candidate = undefined;
  }

  /** The beginning of a literal: its kind, and its name by index if there is one. */
  #head(kind: number, bits: number, slot: Slot): void {
    const { policy } = slot;
    if (policy.staticIndex > 0) return this.#integer(kind, bits, policy.staticIndex);
    if (slot.newest > this.#table.evicted) return this.#integer(kind, bits, this.#indexOf(slot.newest));
    this.#out[this.end++] = kind;
    this.#text(policy.name);
  }

  #text(text: string): void {
    const coded = huffmanLength(text);
    if (coded < text.length) {
      this.#integer(0x80, 7, coded);
      this.end = encodeHuffman(text, this.#out, this.end);
    } else {
      this.#integer(0, 7, text.length);
      this.end += latin1Write(this.#out, text, this.end);
    }
  }

  /** An integer behind the bits of `first` that say what it is (section 5.1). */
  #integer(first: number, bits: number, value: number): void {
    const out = this.#out;
    const mask = (1 << bits) - 1;
    if (value < mask) {
      out[this.end++] = first | value;
      return;
    }
    out[this.end++] = first | mask;
    let rest = value - mask;
    for (; rest >= 0x80; rest >>>= 7) out[this.end++] = 0x80 | (rest & 0x7f);
    out[this.end++] = rest;
  }

  #newSlot(name: string): Slot {
    const slot = { policy: policyOf(name), newest: 0, candidate: undefined };
    if (this.#slots.size >= mostNames) this.#slots.clear();
    this.#slots.set(name, slot);
    return slot;
  }
}

function statusIndex(status: number): number {
  switch (status) {
    case 200:
      return 8;
    case 204:
      return 9;
    case 206:
      return 10;
    case 304:
      return 11;
    case 400:
      return 12;
    case 404:
      return 13;
    case 500:
      return 14;
    default:
      return 0;
  }
}
