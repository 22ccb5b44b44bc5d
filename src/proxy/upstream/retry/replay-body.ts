import type { BodySink, BodySource } from '../../../core/body.ts';
import type { ProxyError } from '../../../core/errors.ts';
import type { Headers } from '../../../core/headers.ts';
import type { ReplayMemory } from './replay-memory.ts';

/** The first piece of memory for a body whose length nobody knows. */
const FIRST_BYTES = 4096;

/** What is kept is given in pieces of this size, so that a slow server can say 'wait' in between. */
const PIECE_BYTES = 16_384;

const NOTHING = Buffer.alloc(0);

/**
 * The body of a request that may be sent more than once: what has come of it is kept while it is sent, up to a limit.
 *
 *            again()                 cancel() of that attempt
 *   alone ------------> attached ------------------------------> alone      settle(): no attempt will follow
 *
 * (1) Each attempt gets the body from its first byte, then goes on with what still comes.
 * (2) Past the limit nothing is kept, and `replayable` is false from then on. The attempt that has it goes on.
 * (3) Alone, or while an attempt catches up, the source is told to wait; what it had read already (one read) is kept in any case.
 * (4) An attempt that was followed by another one is heard no more.
 */
export class ReplayBody implements BodySink {
  readonly #source: BodySource;
  readonly #limit: number;
  readonly #memory: ReplayMemory;
  #bytes: Buffer = NOTHING;
  #length = 0;
  /** Taken of the memory that all share. */
  #taken = 0;
  #keeping = true;
  #settled = false;
  #attempt: ReplayAttempt | undefined;
  #sink: BodySink | undefined;
  /** How much of what is kept the attempt has. */
  #at = 0;
  #sinkWaits = false;
  #started = false;
  #sourceWaits = false;
  #ended = false;
  #trailers: Headers | undefined;
  #failure: ProxyError | undefined;
  /** What it has lost was too much for the memory of all, not for its own limit. */
  outOfMemory = false;

  constructor(source: BodySource, limit: number, memory: ReplayMemory) {
    this.#source = source;
    this.#limit = limit;
    this.#memory = memory;
  }

  /** Another attempt would get all of it. */
  get replayable(): boolean {
    return this.#keeping && !this.#settled;
  }

  /** The body for one more attempt. */
  again(): BodySource {
    this.#sink = undefined;
    this.#attempt = new ReplayAttempt(this, this.#source.length);
    return this.#attempt;
  }

  /** No attempt will follow: nothing is kept any more, and what has no attempt is given up. */
  settle(reason: ProxyError): void {
    if (this.#settled) return;
    this.#settled = true;
    if (this.#sink === undefined) this.#giveUp(reason);
    else if (this.#at === this.#length) this.#drop();
  }

  // --- what an attempt says ------------------------------------------------------------------------------------

  attach(attempt: ReplayAttempt, sink: BodySink): void {
    if (attempt !== this.#attempt) return;
    this.#sink = sink;
    this.#at = 0;
    this.#sinkWaits = false;
    this.#catchUp();
  }

  resumed(attempt: ReplayAttempt): void {
    if (attempt !== this.#attempt) return;
    this.#sinkWaits = false;
    this.#catchUp();
  }

  detach(attempt: ReplayAttempt, reason: ProxyError): void {
    if (attempt !== this.#attempt) return;
    this.#sink = undefined;
    if (this.#settled) this.#giveUp(reason);
  }

  /** Gives the attempt what is kept, then what still comes. */
  #catchUp(): void {
    const sink = this.#sink!;
    while (this.#at < this.#length) {
      if (this.#sinkWaits) return;
      const end = Math.min(this.#length, this.#at + PIECE_BYTES);
      const piece = this.#bytes.subarray(this.#at, end);
      this.#at = end;
      if (!sink.write(piece)) this.#sinkWaits = true;
      if (this.#sink !== sink) return; // It failed, or was given up, within `write`.
    }
    if (this.#length > 0) sink.flush();
    if (this.#settled || !this.#keeping || this.#length > this.#limit) this.#drop();
    if (this.#failure) sink.abort(this.#failure);
    else if (this.#ended) this.#end(sink);
    else this.#goOn(sink);
  }

  #goOn(sink: BodySink): void {
    if (this.#sinkWaits || this.#sink !== sink) return;
    if (!this.#started) {
      this.#started = true;
      this.#source.start(this);
    } else if (this.#sourceWaits) {
      this.#sourceWaits = false;
      this.#source.resume();
    }
  }

  // --- what the source says ------------------------------------------------------------------------------------

  write(chunk: Buffer): boolean {
    const sink = this.#at === this.#length ? this.#sink : undefined;
    if (sink === undefined) {
      this.#keep(chunk);
      this.#sourceWaits = true;
      return false;
    }
    if (this.#keeping) this.#keepIfRoom(chunk);
    this.#sinkWaits = !sink.write(chunk);
    this.#sourceWaits = this.#sinkWaits;
    return !this.#sinkWaits;
  }

  flush(): void {
    if (this.#at === this.#length) this.#sink?.flush();
  }

  end(trailers?: Headers): void {
    this.#ended = true;
    this.#trailers = trailers;
    if (this.#sink !== undefined && this.#at === this.#length) this.#end(this.#sink);
  }

  abort(error: ProxyError): void {
    this.#failure = error;
    this.#sink?.abort(error);
  }

  #end(sink: BodySink): void {
    if (this.#settled) this.#drop();
    sink.end(this.#trailers);
  }

  // --- memory --------------------------------------------------------------------------------------------------

  #keepIfRoom(chunk: Buffer): void {
    const needed = this.#length + chunk.length;
    if (this.#settled || needed > this.#limit || !this.#mayGrow(needed)) return this.#drop();
    this.#keep(chunk);
    this.#at = this.#length;
  }

  #keep(chunk: Buffer): void {
    const needed = this.#length + chunk.length;
    if (needed > this.#bytes.length) this.#grow(needed);
    chunk.copy(this.#bytes, this.#length);
    this.#length = needed;
  }

  #mayGrow(needed: number): boolean {
    if (needed <= this.#bytes.length) return true;
    const more = this.#capacityFor(needed) - this.#taken;
    this.outOfMemory = more > 0 && !this.#memory.take(more);
    if (!this.outOfMemory) this.#taken += Math.max(0, more);
    return !this.outOfMemory;
  }

  #grow(needed: number): void {
    const bytes = Buffer.allocUnsafe(this.#capacityFor(needed));
    this.#bytes.copy(bytes, 0, 0, this.#length);
    this.#bytes = bytes;
  }

  #capacityFor(needed: number): number {
    const { length = 0 } = this.#source;
    if (length > 0 && length <= this.#limit && needed <= length) return length;
    return Math.max(needed, Math.min(this.#limit, Math.max(FIRST_BYTES, 2 * this.#bytes.length)));
  }

  #drop(): void {
    this.#keeping = false;
    this.#memory.give(this.#taken);
    this.#taken = 0;
    this.#bytes = NOTHING;
    this.#length = this.#at = 0;
  }

  #giveUp(reason: ProxyError): void {
    this.#drop();
    if (!this.#ended && this.#failure === undefined) this.#source.cancel(reason);
  }
}

/** The body as one attempt sees it. */
class ReplayAttempt implements BodySource {
  readonly #body: ReplayBody;
  readonly length: number | undefined;

  constructor(body: ReplayBody, length: number | undefined) {
    this.#body = body;
    this.length = length;
  }

  start(sink: BodySink): void {
    this.#body.attach(this, sink);
  }

  resume(): void {
    this.#body.resumed(this);
  }

  cancel(reason: ProxyError): void {
    this.#body.detach(this, reason);
  }
}
