import { latin1Slice } from '../../core/latin1.ts';
import type { ByteSpan } from './byte-span.ts';
import { Http2Code } from './codes.ts';
import { judgeName, type FieldName } from './field-kinds.ts';
import { HeaderField } from './header-field.ts';
import { HpackDynamicTable } from './hpack-dynamic-table.ts';
import { staticCount, staticRows } from './hpack-static-table.ts';
import { Http2Error } from './http2-error.ts';
import { decodeHuffman } from './huffman-decode.ts';
import { knownFieldName } from './known-field-names.ts';

/** Bounds of one list of fields. What goes past them is read, since the table changes by it, and left out. */
export interface HpackLimits {
  /** Bytes of all names and values, and 32 for each field (SETTINGS_MAX_HEADER_LIST_SIZE). */
  readonly listBytes: number;
  readonly fields: number;
}

/** The bytes that an integer may have behind its first: enough for 2^28, and no more zeros in front of it. */
const maxIntegerBytes = 4;

const HUFFMAN = 0x80;
const NEVER_INDEXED = 0x10;

/** Kinds of a literal: how many bits of its first byte belong to the index of its name. */
const INCREMENTAL_BITS = 6;
const PLAIN_BITS = 4;

const staticFields: readonly HeaderField[] = staticRows.map(
  ({ name, value }) => new HeaderField(judgeName(name), value, false),
);

/** How large the scratch must be for blocks of so many bytes: no code is shorter than 5 bits. */
export function hpackScratchBytes(blockBytes: number): number {
  return Math.ceil((blockBytes * 8) / 5);
}

/**
 * Reads the header blocks of one direction of a connection (RFC 7541). All of them have to be read, in their order: also
 * those of streams that nobody wants any more.
 */
export class HpackDecoder {
  /** Of the last block. Used again for the next one: whoever keeps fields copies the list. */
  readonly fields: HeaderField[] = [];
  /** The last block was over a limit, and `fields` are not all of it. */
  tooLarge = false;
  readonly #limits: HpackLimits;
  readonly #scratch: Buffer;
  readonly #table: HpackDynamicTable<HeaderField>;
  /** What SETTINGS_HEADER_TABLE_SIZE allows the peer. */
  #allowed: number;
  #mustShrink = false;
  #listBytes = 0;
  #block: Buffer;
  #at = 0;
  #end = 0;

  /**
   * @param scratch for decoded text, of `hpackScratchBytes`; one serves all connections of a thread.
   * @param tableSize SETTINGS_HEADER_TABLE_SIZE, as the peer knows it at first: 4096 until it has acknowledged another one.
   */
  constructor(limits: HpackLimits, scratch: Buffer, tableSize = 4096) {
    this.#limits = limits;
    this.#scratch = scratch;
    this.#block = scratch;
    this.#allowed = tableSize;
    this.#table = new HpackDynamicTable(tableSize);
  }

  /** Bytes of the entries that are kept. */
  get tableBytes(): number {
    return this.#table.size;
  }

  /** The peer has acknowledged another SETTINGS_HEADER_TABLE_SIZE. Its next block says that it obeys, if it has to. */
  allowTable(size: number): void {
    this.#allowed = size;
    if (size < this.#table.maxSize) this.#mustShrink = true;
  }

  /**
   * Reads a whole block into `fields`.
   * @returns false: it was over a limit.
   * @throws {Http2Error} COMPRESSION_ERROR: the state of the connection is lost.
   */
  decode(block: ByteSpan): boolean {
    this.#block = block.buffer;
    this.#at = block.from;
    this.#end = block.to;
    this.fields.length = 0;
    this.tooLarge = false;
    this.#listBytes = 0;
    this.#resizeTable();
    while (this.#at < this.#end) this.#next();
    this.#block = this.#scratch;
    return !this.tooLarge;
  }

  /** Lets the last block go: an idle connection keeps none of what it was sent, but its table. */
  forget(): void {
    this.fields.length = 0;
  }

  #next(): void {
    const first = this.#block[this.#at]!;
    if (first >= 0x80) {
      // Nearly all indices are of one byte.
      const low = first & 0x7f;
      if (low === 0x7f) return this.#put(this.#fieldAt(this.#integer(7)));
      this.#at++;
      return this.#put(this.#fieldAt(low));
    }
    if (first >= 0x40) {
      const field = this.#literal(INCREMENTAL_BITS, false);
      this.#table.insert(field);
      return this.#put(field);
    }
    if (first >= 0x20) throw broken('the size of the table changes within a block');
    this.#put(this.#literal(PLAIN_BITS, (first & NEVER_INDEXED) !== 0));
  }

  /** Section 4.2: changes of the table's size stand at the beginning of a block. */
  #resizeTable(): void {
    while (this.#at < this.#end && (this.#block[this.#at]! & 0xe0) === 0x20) {
      const size = this.#integer(5);
      if (size > this.#allowed) throw broken(`the table would be larger than ${this.#allowed} bytes`);
      this.#mustShrink = false;
      this.#table.resize(size);
    }
    if (this.#mustShrink) throw broken('the table is still larger than was allowed last');
  }

  #put(field: HeaderField): void {
    this.#listBytes += field.size;
    if (this.#listBytes > this.#limits.listBytes || this.fields.length >= this.#limits.fields) this.tooLarge = true;
    else this.fields.push(field);
  }

  #fieldAt(index: number): HeaderField {
    if (index <= staticCount && index > 0) return staticFields[index - 1]!;
    const back = index - staticCount - 1;
    if (back < 0 || back >= this.#table.length) throw broken(`no field at index ${index}`);
    return this.#table.at(this.#table.newest - back);
  }

  #literal(bits: number, neverIndexed: boolean): HeaderField {
    const index = this.#integer(bits);
    const name = index === 0 ? nameOf(this.#text()) : this.#fieldAt(index).named;
    return new HeaderField(name, this.#text(), neverIndexed);
  }

  /** A string literal (section 5.2). */
  #text(): string {
    if (this.#at >= this.#end) throw truncated();
    const coded = this.#block[this.#at]! >= HUFFMAN;
    const length = this.#integer(7);
    const start = this.#at;
    const end = start + length;
    if (end > this.#end) throw truncated();
    this.#at = end;
    if (!coded) return latin1Slice(this.#block, start, end);
    const written = decodeHuffman(this.#block, start, end, this.#scratch, 0);
    if (written < 0) throw broken('a string is not Huffman-coded as it says');
    return latin1Slice(this.#scratch, 0, written);
  }

  /** An integer whose first byte gives it so many bits (section 5.1). */
  #integer(bits: number): number {
    const mask = (1 << bits) - 1;
    let value = this.#block[this.#at++]! & mask;
    if (value < mask) return value;
    for (let more = 0; more < maxIntegerBytes; more++) {
      if (this.#at >= this.#end) throw truncated();
      const byte = this.#block[this.#at++]!;
      value += (byte & 0x7f) << (7 * more);
      if (byte < 0x80) return value;
    }
    throw broken('an integer is too long');
  }
}

function nameOf(text: string): FieldName {
  return knownFieldName(text) ?? judgeName(text);
}

function broken(why: string): Http2Error {
  return new Http2Error(Http2Code.CompressionError, `Cannot read a header block: ${why}`);
}

function truncated(): Http2Error {
  return broken('it ends within a field');
}
