import { close, fstat, ftruncate, read, write } from 'node:fs';
import { promisify } from 'node:util';
import type { Sink } from './sink.ts';

const [closeFd, statFd, truncateFd, readFd] = [
  promisify(close),
  promisify(fstat),
  promisify(ftruncate),
  promisify(read),
];

/** What an `FdSink` must know of its descriptor. */
export interface FdTraits {
  readonly pieceBytes: number;
  /** Closed with the sink. */
  readonly owned: boolean;
}

/**
 * A file, or a pipe or terminal that was opened with O_NONBLOCK. A blocking descriptor whose reader stalls must not come
 * here: the write would hold a thread of the pool, and the process could not even exit.
 */
export class FdSink implements Sink {
  readonly pieceBytes: number;
  readonly #fd: number;
  readonly #owned: boolean;
  #writing: Promise<unknown> | undefined;
  #closing: Promise<void> | undefined;

  constructor(fd: number, traits: FdTraits) {
    this.#fd = fd;
    this.#owned = traits.owned;
    this.pieceBytes = traits.pieceBytes;
  }

  write(bytes: Buffer, from: number, to: number): Promise<number> {
    if (this.#closing !== undefined) return Promise.reject(new Error('the log is closed'));
    const writing = this.#write(bytes, from, to);
    this.#writing = writing;
    return writing;
  }

  /** Other threads may append to the same file: only what still is its end is taken off. */
  async cut(tail: Buffer): Promise<boolean> {
    try {
      const stats = await statFd(this.#fd);
      const start = stats.size - tail.length;
      if (!stats.isFile() || start < 0) return false;
      const found = await readFd(this.#fd, Buffer.alloc(tail.length), 0, tail.length, start);
      if (!found.buffer.equals(tail)) return false;
      await truncateFd(this.#fd, start);
      return true;
    } catch {
      return false;
    }
  }

  /** Waits for the write: were the number free sooner, a write still queued could hit whatever file gets it next. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#writing?.catch(() => undefined);
    if (this.#owned) await closeFd(this.#fd).catch(() => undefined);
  }

  #write(bytes: Buffer, from: number, to: number): Promise<number> {
    return new Promise((resolve, reject) => {
      write(this.#fd, bytes, from, to - from, null, (error, written) => {
        if (error === null) resolve(written);
        else if (error.code === 'EAGAIN' || error.code === 'EINTR') resolve(0);
        else reject(error);
      });
    });
  }
}
