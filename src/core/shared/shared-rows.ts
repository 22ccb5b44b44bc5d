/** Words of a row that all threads share: a cache line, so that threads at two rows do not slow each other down. */
const lineWords = 16;

/** Words of a thread's note for one row: what it holds of the first `counted` fields. */
const noteWords = 8;

/** Fields below this number can be taken and given back; the others are plain numbers. @internal */
export const counted = 4;

/** Words of a thread's note that say something to the other threads. @internal */
export const signs: number = noteWords - counted;

/** Rows of one piece of memory. */
const rowsPerPiece = 256;

/** Memory of rows, as it is given to threads: only ever added to, so that a row stays where it is. */
export interface RowsMemory {
  /** How many threads there may be at once. */
  readonly places: number;
  readonly pieces: readonly SharedArrayBuffer[];
}

/** One more piece for so many threads. */
export function allocatePiece(places: number): SharedArrayBuffer {
  return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * rowsPerPiece * (lineWords + noteWords * places));
}

/** From a place's note of a row to the next place's. */
const placeWords = rowsPerPiece * noteWords;

/** How many rows the memory has. */
export function rowsIn({ pieces }: RowsMemory): number {
  return pieces.length * rowsPerPiece;
}

/**
 * A row of whole numbers that all threads of the process share, with a note for each thread of what it holds.
 *
 * A row stays where it is, whatever happens to the config: an exchange that began long ago gives back what it took. The rules
 * are those of SharedCount: by compare-and-swap alone, nothing between the swap and the note, no lock.
 */
export class SharedRow {
  readonly #words: Int32Array;
  readonly #line: number;
  readonly #note: number;
  /** Note of the first place. */
  readonly #notes: number;
  /** How many threads there may be at once. */
  readonly places: number;
  readonly place: number;

  /** @param place of the thread; no two that live have the same. */
  constructor({ pieces, places }: RowsMemory, row: number, place: number) {
    const piece = pieces[Math.floor(row / rowsPerPiece)];
    if (piece === undefined || place >= places) throw new Error(`Cannot find row ${row} of place ${place}`);
    this.#words = new Int32Array(piece);
    const at = row % rowsPerPiece;
    this.#line = at * lineWords;
    this.#notes = rowsPerPiece * lineWords + at * noteWords;
    this.#note = this.#notes + place * placeWords;
    this.places = places;
    this.place = place;
  }

  /** What the field says at this moment; a plain read. */
  get(field: number): number {
    return this.#words[this.#line + field]!;
  }

  /** The same in the one order of all that threads take, give and add. */
  load(field: number): number {
    return Atomics.load(this.#words, this.#line + field);
  }

  set(field: number, value: number): void {
    Atomics.store(this.#words, this.#line + field, value);
  }

  /** Adds to a field that is not counted. @returns what it was. */
  add(field: number, by: number): number {
    return Atomics.add(this.#words, this.#line + field, by);
  }

  /** Changes a field from one value to another, unless it was changed meanwhile. @returns what it was. */
  swap(field: number, from: number, to: number): number {
    return Atomics.compareExchange(this.#words, this.#line + field, from, to);
  }

  /**
   * Takes a unit of a counted field where all threads together then hold no more than `limit`. Each that is taken is given back
   * once.
   */
  take(field: number, limit: number): boolean {
    const [words, at] = [this.#words, this.#line + field];
    for (;;) {
      const sum = words[at]!;
      if (sum >= limit) return false;
      if (Atomics.compareExchange(words, at, sum, sum + 1) === sum) {
        words[this.#note + field]! += 1;
        return true;
      }
    }
  }

  give(field: number): void {
    Atomics.sub(this.#words, this.#line + field, 1);
    this.#words[this.#note + field]! -= 1;
  }

  /** What this thread holds of a counted field. */
  own(field: number): number {
    return this.#words[this.#note + field]!;
  }

  /** Lets the other threads see a number of this one. @param sign less than `signs`. */
  show(sign: number, value: number): void {
    Atomics.store(this.#words, this.#note + counted + sign, value);
  }

  /** What the thread at a place shows; 0: nothing. */
  shown(place: number, sign: number): number {
    return Atomics.load(this.#words, this.#notes + place * placeWords + counted + sign);
  }

  /** Changes what a thread shows, and wakes it if it waits for that. */
  wake(place: number, sign: number): void {
    const at = this.#notes + place * placeWords + counted + sign;
    Atomics.add(this.#words, at, 1);
    Atomics.notify(this.#words, at);
  }

  /** Waits for the next `wake`, without keeping the process alive. @param woken is called in a later turn. */
  waitFor(sign: number, woken: () => void): void {
    const at = this.#note + counted + sign;
    const waiting = Atomics.waitAsync(this.#words, at, Atomics.load(this.#words, at));
    if (waiting.async) void waiting.value.then(woken);
    else setImmediate(woken);
  }

  /** Gives back all that this thread held. To be called by another one, once this one has ended. */
  giveBackAll(): void {
    for (let sign = 0; sign < signs; sign++) this.show(sign, 0);
    for (let field = 0; field < counted; field++) {
      const units = this.own(field);
      if (units === 0) continue;
      this.#words[this.#note + field] = 0;
      Atomics.sub(this.#words, this.#line + field, units);
    }
  }

  /** One field alone, for who works on it by itself. */
  cell(field: number): Int32Array {
    return this.#words.subarray(this.#line + field, this.#line + field + 1);
  }

  /** Where the field is, for who looks at it among many: `memory` as words. */
  at(field: number): { readonly memory: SharedArrayBuffer; readonly word: number } {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- pieces are shared memory
    return { memory: this.#words.buffer as SharedArrayBuffer, word: this.#line + field };
  }

  /** True: it is the same row of the same memory. */
  same(other: SharedRow): boolean {
    return this.#words.buffer === other.#words.buffer && this.#line === other.#line;
  }

  /** Nobody holds anything of it. */
  get free(): boolean {
    for (let field = 0; field < counted; field++) if (this.get(field) !== 0) return false;
    return true;
  }

  /** To be called while it is nobody's. */
  clear(): void {
    this.#words.fill(0, this.#line, this.#line + lineWords);
  }
}
