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

  start(id: number, length: number): void {
    if (!this.#window.receive(length))
      throw new Http2Error(Http2Code.FlowControlError, 'Cannot take DATA: more than the window of the connection');
    this.#length = length;
    this.#taken = 0;
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
    const stream = this.#stream;
    if (stream === undefined) return; // All of it is given back when the frame ends.
    if (stream.input!.take(bytes)) {
      this.#taken += bytes.length;
      this.#touched.push(stream);
      return;
    }
    this.#stream = undefined;
    stream.user?.lengthWrong();
  }

  end(endStream: boolean): void {
    const stream = this.#stream;
    this.#stream = undefined;
    if (this.#length === 0 && !endStream) this.#owner.chatter();
    // Padding, and what nobody wants.
    const dropped = this.#length - this.#taken;
    if (dropped > 0) this.#creditConnection(dropped);
    if (stream === undefined || stream.gone) return;
    if (endStream) this.#endInput(stream);
    else if (dropped > 0) this.#creditStream(stream, dropped, false);
  }

  #endInput(stream: Http2Stream): void {
    stream.remoteEnded = true;
    if (stream.input!.end(undefined)) this.#owner.inputEnded(stream);
    else stream.user?.lengthWrong();
  }

  /** So many bytes of a stream have gone on. @param eager nobody has waited for room. */
  used(stream: Http2Stream, bytes: number, eager: boolean): void {
    this.#creditConnection(bytes);
    if (!stream.gone && !stream.remoteEnded) this.#creditStream(stream, bytes, eager);
  }

  /** All that came has been read: what was held back to be joined must leave. */
  flush(): void {
    if (this.#touched.length === 0) return;
    for (const stream of this.#touched) stream.input?.flush();
    this.#touched.length = 0;
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
    if (eager && window.size < this.#mostStreamWindow)
      increment += window.grow(Math.min(window.size, this.#mostStreamWindow - window.size));
    this.#out.frames(32).windowUpdate(stream.id, increment);
  }
}
