const VIEWS = 512;

/**
 * One static buffer that all sockets of one side and thread read into, and the views on it that hand out what was read.
 *
 * Messages of the same length are common, and a view costs more than a look for the last one of its length. All views share
 * the buffer's memory anyway: a chunk is lent.
 */
export class ReadBuffer {
  readonly bytes: Buffer;
  readonly #views: (Buffer | undefined)[] = Array.from({ length: VIEWS }, () => undefined);

  constructor(size: number) {
    // Slow: not cut from Node's shared slab.
    this.bytes = Buffer.allocUnsafeSlow(size);
  }

  /** The first `length` bytes. */
  read(length: number): Buffer {
    const place = length % VIEWS;
    const known = this.#views[place];
    if (known !== undefined && known.length === length) return known;
    const view = this.bytes.subarray(0, length);
    this.#views[place] = view;
    return view;
  }
}
