/** Bytes that came and have not been taken: kept in pieces, joined only when somebody looks. */
export class ByteQueue {
  #pieces: Buffer[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
  }

  /** All of it, which stays here. */
  peek(): Buffer {
    const all = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
    this.#pieces = [all];
    return all;
  }

  take(count: number): Buffer {
    const all = this.peek();
    this.#pieces = [all.subarray(count)];
    this.#length = all.length - count;
    return all.subarray(0, count);
  }
}
