import { Http2Code } from '../../wire/http2/codes.ts';
import { Http2Error } from '../../wire/http2/http2-error.ts';
import type { Role } from '../../wire/http2/settings.ts';
import { PastStreams, type StreamFate } from './past-streams.ts';
import type { Http2Stream } from './stream.ts';

/** The last number that a stream may have, with some to spare. */
const LAST_NUMBER = 0x7fff_fff0;

/** What is to be done with a frame for a stream that is no more. */
export type LateFrame = 'drop' | 'reset';

/** The streams of a connection: those that are open, and what is known of the others (RFC 9113 section 5.1). */
export class StreamTable {
  readonly open: Map<number, Http2Stream> = new Map();
  readonly #past: PastStreams = new PastStreams();
  /** The newest number that has been used, by whichever side opens streams. */
  last: number;
  /** Streams above this are not taken: our GOAWAY has said so. */
  lastTaken: number = Infinity;

  /** @param role ours. */
  constructor(role: Role) {
    this.last = role === 'client' ? -1 : 0;
  }

  /** The number of another stream of ours. */
  nextId(): number {
    this.last += 2;
    return this.last;
  }

  /** There are no more numbers. */
  get exhausted(): boolean {
    return this.last >= LAST_NUMBER;
  }

  add(stream: Http2Stream): Http2Stream {
    this.open.set(stream.id, stream);
    return stream;
  }

  /** @returns false: it had left already. */
  leave(stream: Http2Stream, fate: StreamFate): boolean {
    if (stream.gone) return false;
    stream.gone = true;
    this.open.delete(stream.id);
    this.#past.add(stream.id, fate);
    return true;
  }

  /** A stream that was refused before it was one. */
  addRefused(id: number): void {
    this.#past.add(id, 'reset-by-us');
  }

  /** @throws {Http2Error} PROTOCOL_ERROR: nobody has opened the stream. */
  checkNotIdle(id: number, what: string): void {
    if (id > this.last)
      throw new Http2Error(Http2Code.ProtocolError, `Cannot take ${what}: stream ${id} has not been opened`);
  }

  /**
   * RST_STREAM came for a stream that is not open.
   * @throws {Http2Error} PROTOCOL_ERROR: nobody has opened the stream.
   */
  lateReset(id: number): void {
    this.checkNotIdle(id, 'RST_STREAM');
    this.#past.resetByPeer(id);
  }

  /**
   * HEADERS or DATA came for a stream that is not open.
   * @throws {Http2Error} where the peer must have known.
   */
  late(id: number, what: string): LateFrame {
    this.checkNotIdle(id, what);
    const fate = this.#past.fate(id);
    if (fate === 'reset-by-us') return 'drop'; // It was on its way.
    if (fate === 'reset-by-peer') return 'reset';
    const code = fate === 'ended' || what === 'DATA' ? Http2Code.StreamClosed : Http2Code.ProtocolError;
    throw new Http2Error(code, `Cannot take ${what}: stream ${id} is no more`);
  }
}
