import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** The error is undefined where all went well. */
export type Done = (error: Error | undefined) => void;

/**
 * A file without a name: it is unlinked as soon as it is open, so a crash leaves nothing. It is opened by the first write.
 *
 * All work is done by libuv's threads. At most one write and one read are in flight; `close` waits for them, as the system would
 * give the number of a closed file to another one. After `close` nothing calls back.
 */
export class TemporaryFile {
  readonly #folder: string;
  #fd: number | undefined;
  #closed = false;
  #inFlight = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  write(bytes: Buffer, at: number, done: Done): void {
    this.#inFlight++;
    if (this.#fd !== undefined) return this.#write(bytes, at, done);
    this.#open((error) => {
      if (error) this.#landed(done, error);
      else this.#write(bytes, at, done);
    });
  }

  /** Fills `into`. There must be so much at `at`. */
  read(into: Buffer, at: number, done: Done): void {
    this.#inFlight++;
    this.#read(into, at, done);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#inFlight === 0) this.#closeNow();
  }

  #open(done: Done): void {
    const name = path.join(this.#folder, `postern-${randomBytes(12).toString('hex')}`);
    // `x` is O_EXCL: a link that somebody has put there is not followed.
    fs.open(name, 'wx+', 0o600, (error, fd) => {
      if (error) return done(error);
      this.#fd = fd;
      fs.unlink(name, (failure) => done(failure ?? undefined));
    });
  }

  #write(bytes: Buffer, at: number, done: Done): void {
    if (this.#closed) return this.#landed(done, undefined);
    fs.write(this.#fd!, bytes, 0, bytes.length, at, (error, written) => {
      if (error || written === bytes.length) this.#landed(done, error ?? undefined);
      else if (written === 0) this.#landed(done, new Error('Cannot write to a temporary file: it takes no bytes'));
      else this.#write(bytes.subarray(written), at + written, done);
    });
  }

  #read(into: Buffer, at: number, done: Done): void {
    if (this.#closed) return this.#landed(done, undefined);
    fs.read(this.#fd!, into, 0, into.length, at, (error, got) => {
      if (error || got === into.length) this.#landed(done, error ?? undefined);
      else if (got === 0)
        this.#landed(done, new Error('Cannot read a temporary file: it has fewer bytes than written'));
      else this.#read(into.subarray(got), at + got, done);
    });
  }

  #landed(done: Done, error: Error | undefined): void {
    this.#inFlight--;
    if (!this.#closed) done(error);
    else if (this.#inFlight === 0) this.#closeNow();
  }

  #closeNow(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) fs.close(fd, ignore);
  }
}

function ignore(): void {
  // Nobody misses what was in it.
}
