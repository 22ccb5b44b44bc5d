import { Http2Code, type Http2CodeValue } from '../../wire/http2/codes.ts';
import { Http2Error } from '../../wire/http2/http2-error.ts';
import { ReceiveWindow } from '../../wire/http2/window.ts';
import type { FrameOutput } from './frame-output.ts';
import type { Http2Stream } from './stream.ts';

/** The window that every connection begins with (RFC 9113 section 6.9.2). */
const FIRST_WINDOW = 65_535;

/** Who knows the streams that DATA is for. */
export interface ReceiverOwner {
  streamOf(id: number): Http2Stream | undefined;
  /** DATA came for a stream that is no more. @throws {Http2Error} where that ends the connection. */
  late(id: number, what: string): void;
  fault(stream: Http2Stream, code: Http2CodeValue, message: string): void;
  /** Its message is longer or shorter than it said. @throws {Http2Error} where there are too many of those. */
  lengthWrong(stream: Http2Stream): void;
  /** A frame came that brings nothing. @throws {Http2Error} where there are too many. */
  chatter(): void;
  inputEnded(stream: Http2Stream): void;
}

/**
 * Brings DATA to the streams that it is for, and gives credit for it once it has gone on (RFC 9113 section 6.9). A byte counts for its
 * stream and for the connection, also where its stream is no more.
 */
export class DataReceiver {
  readonly #owner: ReceiverOwner;
  readonly #out: FrameOutput;
  readonly #window: ReceiveWindow = new ReceiveWindow(FIRST_WINDOW);
  readonly #mostStreamWindow: number;
  /** Streams whose input has got bytes since `flush`. */
  readonly #touched: Http2Stream[] = [];
  /** The stream that the frame is for; undefined: it is dropped. */
  #stream: Http2Stream | undefined;
  #length = 0;
  #reading = false;
  /** Bytes of the frame that are no padding, and those of them that went on. */
  #payload = 0;
  #taken = 0;

  constructor(owner: ReceiverOwner, out: FrameOutput, mostStreamWindow: number) {
    this.#owner = owner;
    this.#out = out;
    this.#mostStreamWindow = mostStreamWindow;
  }

  /** Makes the window of the connection as large as that. @returns the increment to be told; 0: none. */
  grow(bytes: number): number {
    return bytes > FIRST_WINDOW ? this.#window.grow(bytes - FIRST_WINDOW) : 0;
  }

  /** The peer may send no byte of any stream, until some that it has sent have gone on. */
  get full(): boolean {
    return this.#window.left <= 0;
  }

  start(id: number, length: number): void {
    if (!this.#window.receive(length))
      throw new Http2Error(Http2Code.FlowControlError, 'Cannot take DATA: more than the window of the connection');
    this.#length = length;
    this.#payload = this.#taken = 0;
    this.#stream = undefined;
    const stream = this.#owner.streamOf(id);
    if (stream === undefined) return this.#owner.late(id, 'DATA');
    if (this.#judge(stream, length)) this.#stream = stream;
  }

  #judge(stream: Http2Stream, length: number): boolean {
    if (stream.remoteEnded) this.#owner.fault(stream, Http2Code.StreamClosed, 'Cannot take DATA: the stream has ended');
    else if (!stream.receiveWindow.receive(length))
      this.#owner.fault(stream, Http2Code.FlowControlError, 'Cannot take DATA: more than the window of the stream');
    else if (stream.input === undefined)
      this.#owner.fault(stream, Http2Code.ProtocolError, 'Cannot take DATA: the message has no body');
    return !stream.gone;
  }

  data(bytes: Buffer): void {
    this.#payload += bytes.length;
    const stream = this.#stream;
    if (stream === undefined) return; // All of it is given back when the frame ends.
    if (stream.input!.take(bytes)) {
      this.#taken += bytes.length;
      this.#touch(stream);
      return;
    }
    this.#stream = undefined;
    this.#owner.lengthWrong(stream);
  }

  end(endStream: boolean): void {
    const stream = this.#stream;
    this.#stream = undefined;
    // Padding costs the peer its window, and us a credit: it is nothing all the same.
    if (this.#payload === 0 && !endStream) this.#owner.chatter();
    // Padding, and what nobody wants.
    const dropped = this.#length - this.#taken;
    // Even of nothing: what came may be kept for long, and the peer then waits for the credit that was saved up.
    this.#creditConnection(dropped);
    if (stream === undefined || stream.gone) return;
    if (endStream) this.#endInput(stream);
    else if (dropped > 0) this.#creditStream(stream, dropped, false);
  }

  #endInput(stream: Http2Stream): void {
    stream.remoteEnded = true;
    if (stream.input!.end(undefined)) this.#owner.inputEnded(stream);
    else this.#owner.lengthWrong(stream);
  }

  /** So many bytes of a stream have gone on. @param eager nobody has waited for room. */
  used(stream: Http2Stream, bytes: number, eager: boolean): void {
    this.#creditConnection(bytes);
    if (!stream.gone && !stream.remoteEnded) this.#creditStream(stream, bytes, eager);
  }

  /** Its sink holds back what is to be joined with what comes: until all that has come is read. */
  await(stream: Http2Stream): void {
    if (this.#reading) this.#touch(stream);
    else stream.input?.flush();
  }

  #touch(stream: Http2Stream): void {
    if (this.#touched.at(-1) !== stream) this.#touched.push(stream);
  }

  /** What came is read from here on, until `flush`. */
  begin(): void {
    this.#reading = true;
  }

  /** All that came has been read: what was held back to be joined must leave. */
  flush(): void {
    this.#reading = false;
    if (this.#touched.length === 0) return;
    for (const stream of this.#touched) stream.input?.flush();
    this.#touched.length = 0;
  }

  /** Much is kept for sinks that do not keep up: those that do may soon have to wait for them. */
  get crowded(): boolean {
    return this.#window.held * 2 >= this.#window.size;
  }

  /** Little is kept for sinks that do not keep up: others are not to wait for this stream, should its sink be the next. */
  get #roomy(): boolean {
    return this.#window.held * 4 < this.#window.size;
  }

  #creditConnection(bytes: number): void {
    const increment = this.#window.credit(bytes);
    if (increment > 0) this.#out.frames(32).windowUpdate(0, increment);
  }

  #creditStream(stream: Http2Stream, bytes: number, eager: boolean): void {
    const window = stream.receiveWindow;
    let increment = window.credit(bytes);
    if (increment === 0) return;
    // The sink keeps up, so it is the window that the peer waits for: the way is long.
    if (eager && window.size < this.#mostStreamWindow && this.#roomy)
      increment += window.grow(Math.min(window.size, this.#mostStreamWindow - window.size));
    this.#out.frames(32).windowUpdate(stream.id, increment);
  }
}
