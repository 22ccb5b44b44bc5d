import type { ByteSpan } from '../../wire/http2/byte-span.ts';
import { Http2Code, type Http2CodeValue } from '../../wire/http2/codes.ts';
import type { HeaderField } from '../../wire/http2/header-field.ts';
import { HpackDecoder } from '../../wire/http2/hpack-decoder.ts';
import type { FloodGuard } from './flood-guard.ts';
import type { SessionSettings } from './session-settings.ts';
import type { Http2Stream } from './stream.ts';
import type { StreamTable } from './stream-table.ts';

/** The connection, as the heads that come see it. */
export interface HeadOwner {
  /** A peer that takes nothing: it gets no more to do. */
  readonly choked: boolean;
  newStream(id: number): Http2Stream;
  /** A client has opened a stream. @param fields lent. */
  opened(stream: Http2Stream, fields: readonly HeaderField[], endStream: boolean, whole: boolean): void;
  /** There are as many streams as there may be. @throws {Http2Error} where that comes too often. */
  refuse(id: number): void;
  /** HEADERS came for a stream that is no more. @throws {Http2Error} where that ends the connection. */
  late(id: number, what: string): void;
  fault(stream: Http2Stream, code: Http2CodeValue, message: string): void;
  inputEnded(stream: Http2Stream): void;
  /** The peer has brought us to give a stream up. @throws {Http2Error} where that comes too often. */
  gaveUp(): void;
}

/** Where a head belongs, and what its frame and its block say of it. */
interface HeadFacts {
  readonly endStream: boolean;
  /** By the priority of its frame: nothing is done with it but to end the stream. */
  readonly dependsOnItself: boolean;
  /** False: the list was over its limit. */
  whole: boolean;
}

/** Brings header blocks to the streams that they are for, or opens streams by them. */
export class HeadReceiver {
  readonly #owner: HeadOwner;
  readonly #table: StreamTable;
  readonly #guard: FloodGuard;
  readonly #settings: SessionSettings;
  #decoder: HpackDecoder | undefined;

  constructor(owner: HeadOwner, table: StreamTable, guard: FloodGuard, settings: SessionSettings) {
    this.#owner = owner;
    this.#table = table;
    this.#guard = guard;
    this.#settings = settings;
  }

  /**
   * A block has come, which is read whatever becomes of it: those behind it need what it says.
   * @param facts ours from here on.
   * @param scratch for `HpackDecoder`.
   * @throws {Http2Error} what ends the connection.
   */
  take(streamId: number, block: ByteSpan, facts: HeadFacts, scratch: Buffer): void {
    const decoder = (this.#decoder ??= new HpackDecoder(this.#settings.list, scratch));
    facts.whole = decoder.decode(block);
    const stream = this.#table.open.get(streamId);
    if (stream !== undefined) this.#more(stream, decoder.fields, facts);
    else if (this.#settings.role === 'client' || streamId <= this.#table.last) this.#owner.late(streamId, 'HEADERS');
    else this.#open(streamId, decoder.fields, facts);
    decoder.forget();
  }

  #open(id: number, fields: readonly HeaderField[], { endStream, dependsOnItself, whole }: HeadFacts): void {
    const table = this.#table;
    table.last = id;
    if (id > table.lastTaken) return this.#passOver(id);
    if (table.open.size >= this.#settings.maxStreams || this.#owner.choked) return this.#owner.refuse(id);
    const stream = this.#owner.newStream(id);
    if (dependsOnItself) return this.#loop(stream);
    stream.remoteEnded = endStream;
    this.#owner.opened(stream, fields, endStream, whole);
  }

  /** Our GOAWAY says that nothing was done with it: what the client had sent by then may still come. */
  #passOver(id: number): void {
    this.#guard.chatter();
    this.#table.addRefused(id);
  }

  /** The head of an answer, or trailers. */
  #more(stream: Http2Stream, fields: readonly HeaderField[], { endStream, dependsOnItself, whole }: HeadFacts): void {
    if (stream.remoteEnded)
      return this.#owner.fault(stream, Http2Code.StreamClosed, 'Cannot take HEADERS: the stream has ended');
    if (dependsOnItself) return this.#loop(stream);
    stream.remoteEnded = endStream;
    stream.user?.headersCame(fields, endStream, whole);
    if (stream.gone && !stream.ended) this.#owner.gaveUp();
    else if (endStream) this.#owner.inputEnded(stream);
  }

  #loop(stream: Http2Stream): void {
    this.#owner.fault(stream, Http2Code.ProtocolError, 'Cannot take HEADERS: the stream depends on itself');
  }
}
