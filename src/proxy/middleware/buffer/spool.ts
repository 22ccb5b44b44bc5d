import type { FeatureEnv } from '../feature.ts';
import { blockBytes, ByteBlocks } from './byte-blocks.ts';
import { TemporaryFile } from './temporary-file.ts';

/** Bytes. */
export interface SpoolLimits {
  readonly memory: number;
  /** Of this spool. */
  readonly disk: number;
  /** Of all spools together. */
  readonly total: number;
  readonly folder: string;
}

export interface SpoolOwner {
  /** There may be bytes to take now, or room. Never called from within `push` and `take`. */
  spoolMoved(): void;
}

/** What waits in memory for the disk; past it the source waits. */
const mostStaged = 2 * blockBytes;

/**
 * Bytes that wait, first in, first out: the oldest in memory, then those in a temporary file, then those that are on their way
 * to it.
 *
 *   push --> [ staged ] --> [ file ] --> [ front ] --> take
 *
 * (1) While there is nothing in the file, bytes go to the front, up to `memory`.
 * (2) Where the disk takes nothing, what is staged stays there: nothing is lost, there is only no room any more.
 * (3) `close` frees all of it at once, and comes once the spool is not needed, however that came about.
 */
export class Spool {
  readonly #limits: SpoolLimits;
  readonly #env: Pick<FeatureEnv, 'disk' | 'turn' | 'log'>;
  readonly #owner: SpoolOwner;
  readonly #front: ByteBlocks = new ByteBlocks();
  readonly #staged: ByteBlocks = new ByteBlocks();
  #file: TemporaryFile | undefined;
  /** Of the file: what has been written, what has been read, and what the budget counts. */
  #written = 0;
  #read = 0;
  #reserved = 0;
  #writing: Buffer | undefined;
  #reading = false;
  #readBuffer: Buffer | undefined;
  /** Read and not taken. */
  #loaded: Buffer | undefined;
  #closed = false;
  /** Why the disk takes nothing more. */
  trouble: 'limit' | 'total' | 'error' | undefined;

  constructor(limits: SpoolLimits, env: Pick<FeatureEnv, 'disk' | 'turn' | 'log'>, owner: SpoolOwner) {
    this.#limits = limits;
    this.#env = env;
    this.#owner = owner;
  }

  get empty(): boolean {
    return this.#front.length === 0 && this.#staged.length === 0 && this.#onDisk === 0;
  }

  /** More may be pushed without waiting. */
  get hasRoom(): boolean {
    if (this.trouble !== undefined) return this.#staged.length === 0;
    return this.#staged.length < mostStaged;
  }

  /** Copies the bytes. They are taken even where there is no room: see `hasRoom`. */
  push(chunk: Buffer): void {
    if (this.#closed) return;
    const memory = this.#inOrder ? Math.max(0, this.#limits.memory - this.#front.length) : 0;
    const kept = Math.min(memory, chunk.length);
    if (kept > 0) this.#front.push(kept === chunk.length ? chunk : chunk.subarray(0, kept));
    if (kept === chunk.length) return;
    this.#staged.push(kept === 0 ? chunk : chunk.subarray(kept));
    this.#spill();
  }

  /** The oldest bytes; they are good until the next call. Undefined: none are here now. */
  take(): Buffer | undefined {
    const bytes = this.#front.take() ?? this.#takeLoaded();
    if (bytes !== undefined) return bytes;
    if (this.#onDisk > 0) {
      this.#load();
      return undefined;
    }
    this.#rewind();
    return this.#staged.take();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#front.clear();
    this.#staged.clear();
    this.#loaded = this.#readBuffer = this.#writing = undefined;
    this.#written = this.#read = 0;
    this.#file?.close();
    this.#env.disk.give(this.#reserved);
    this.#reserved = 0;
  }

  /** Bytes that are in the file, on their way to it, or read from it and not taken. */
  get #onDisk(): number {
    return this.#written - this.#read + (this.#writing?.length ?? 0) + (this.#loaded?.length ?? 0);
  }

  /** Nothing would be overtaken by bytes that go to the front. */
  get #inOrder(): boolean {
    return this.#staged.length === 0 && this.#onDisk === 0;
  }

  #takeLoaded(): Buffer | undefined {
    const bytes = this.#loaded;
    this.#loaded = undefined;
    return bytes;
  }

  // --- to the disk ---------------------------------------------------------------------------------------------

  #spill(): void {
    if (this.#writing !== undefined || this.trouble !== undefined || this.#staged.length === 0) return;
    if (!this.#reserve(this.#written + this.#staged.next)) return;
    const bytes = this.#staged.take()!;
    this.#writing = bytes;
    this.#file ??= new TemporaryFile(this.#limits.folder);
    this.#file.write(bytes, this.#written, (error) => this.#env.turn(() => this.#spilt(bytes, error)));
  }

  #spilt(bytes: Buffer, error: Error | undefined): void {
    this.#writing = undefined;
    if (error) {
      this.trouble = 'error';
      this.#staged.putBack(bytes);
      this.#env.log.warn(`Cannot buffer on disk: ${error.message}`);
    } else this.#written += bytes.length;
    this.#spill();
    this.#owner.spoolMoved();
  }

  #reserve(size: number): boolean {
    const more = size - this.#reserved;
    if (more <= 0) return true;
    if (size > this.#limits.disk) this.trouble = 'limit';
    else if (!this.#env.disk.take(more, this.#limits.total)) this.trouble = 'total';
    else this.#reserved = size;
    return this.trouble === undefined;
  }

  // --- from the disk -------------------------------------------------------------------------------------------

  #load(): void {
    const length = Math.min(this.#written - this.#read, blockBytes);
    if (length === 0 || this.#reading) return; // The write that is in flight calls.
    this.#reading = true;
    this.#readBuffer ??= Buffer.allocUnsafeSlow(blockBytes);
    const bytes = this.#readBuffer.subarray(0, length);
    this.#file!.read(bytes, this.#read, (error) => this.#env.turn(() => this.#loadedFrom(bytes, error)));
  }

  #loadedFrom(bytes: Buffer, error: Error | undefined): void {
    this.#reading = false;
    // A disk that loses what it took: the owner cannot go on, and says so.
    if (error) this.lost = error;
    else {
      this.#loaded = bytes;
      this.#read += bytes.length;
    }
    this.#owner.spoolMoved();
  }

  /** The disk gave back less than it took. */
  lost: Error | undefined;

  /** The file is empty: it is written from its beginning again. */
  #rewind(): void {
    this.#written = this.#read = 0;
    if (this.trouble === 'limit' || this.trouble === 'total') this.trouble = undefined;
  }
}
