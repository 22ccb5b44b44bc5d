import type { Headers } from '../../core/headers.ts';
import type { ByteSpan } from '../../wire/http2/byte-span.ts';
import { defaultFrameBytes, frameHeadBytes, Http2Code } from '../../wire/http2/codes.ts';
import { HpackEncoder, roomForFields } from '../../wire/http2/hpack-encoder.ts';
import { Http2Error } from '../../wire/http2/http2-error.ts';
import { SendWindow } from '../../wire/http2/window.ts';
import { writeFields } from '../../wire/http2/write-heads.ts';
import type { FloodGuard } from './flood-guard.ts';
import type { FrameOutput } from './frame-output.ts';
import { SendOrder } from './send-order.ts';
import type { HeadToSend, Http2Stream } from './stream.ts';

/** The window that every connection begins with (RFC 9113 section 6.9.2). */
const FIRST_WINDOW = 65_535;

/** Sends the messages of all streams as far as the peer's windows and its socket let them through. */
export class DataSender {
  readonly encoder: HpackEncoder = new HpackEncoder();
  readonly #out: FrameOutput;
  readonly #guard: FloodGuard;
  readonly #window: SendWindow = new SendWindow(FIRST_WINDOW);
  readonly #order: SendOrder = new SendOrder();

  constructor(out: FrameOutput, guard: FloodGuard) {
    this.#out = out;
    this.#guard = guard;
  }

  head(stream: Http2Stream, head: HeadToSend, endStream: boolean): void {
    const room = head.room + frameHeadBytes;
    const writer = this.#out.frames(room + frameHeadBytes * Math.ceil(room / defaultFrameBytes));
    const { encoder } = this;
    encoder.begin(writer.buffer, writer.beginHeaders());
    head.write(encoder);
    writer.endHeaders(stream.id, encoder.end, endStream);
  }

  /** @returns the offset behind the bytes that have gone. */
  data(stream: Http2Stream, bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length && !this.#out.backedUp) {
      const mostBytes = Math.min(bytes.length - at, defaultFrameBytes);
      const length = this.#window.room(stream.sendWindow.room(mostBytes));
      if (length === 0) break;
      this.#frame(stream, { buffer: bytes, from: at, to: at + length });
      at += length;
    }
    return at;
  }

  #frame(stream: Http2Stream, span: ByteSpan): void {
    const length = span.to - span.from;
    this.#window.take(length);
    stream.sendWindow.take(length);
    const writer = this.#out.frames(length + frameHeadBytes);
    stream.dataPage = this.#out.pages;
    stream.dataAt = writer.end;
    writer.data(stream.id, span, false);
    this.#guard.dataSent();
  }

  end(stream: Http2Stream, trailers: Headers | undefined): void {
    if (trailers !== undefined && trailers.names.length > 0) return this.head(stream, trailersToSend(trailers), true);
    const writer = this.#out.frames(frameHeadBytes);
    // Its last frame has not left yet: that says it as well.
    if (stream.dataPage === this.#out.pages) writer.endStreamAt(stream.dataAt);
    else writer.dataHead(stream.id, 0, true);
  }

  /** It has bytes that wait, or a source that does. */
  wait(stream: Http2Stream): void {
    this.#order.add(stream);
  }

  forget(stream: Http2Stream): void {
    this.#order.remove(stream);
  }

  /** The peer gives the connection more room. @throws {Http2Error} FLOW_CONTROL_ERROR. */
  growConnection(increment: number): void {
    if (!this.#window.change(increment))
      throw new Http2Error(Http2Code.FlowControlError, 'Cannot take WINDOW_UPDATE: the connection would have too much');
    this.proceed();
  }

  /** The peer gives a stream more room. @returns false: too much. */
  growStream(stream: Http2Stream, increment: number): boolean {
    if (!stream.sendWindow.change(increment)) return false;
    if (stream.output.waiting) {
      this.#order.add(stream);
      this.proceed();
    }
    return true;
  }

  /** The peer's SETTINGS_INITIAL_WINDOW_SIZE has changed. @throws {Http2Error} FLOW_CONTROL_ERROR. */
  resize(streams: Iterable<Http2Stream>, by: number): void {
    for (const stream of streams) {
      if (!stream.sendWindow.change(by))
        throw new Http2Error(Http2Code.FlowControlError, 'Cannot take SETTINGS: a window would be too large');
      if (stream.output.waiting) this.#order.add(stream);
    }
  }

  /** Sends of what is kept as much as may go now, the most urgent first. */
  proceed(): void {
    while (!this.#out.backedUp) {
      const stream = this.#order.next();
      if (stream === undefined) return;
      const { sent } = stream.output;
      stream.output.proceed();
      if (stream.output.sent > sent) this.#order.hadTurn(stream);
      if (stream.output.waiting && stream.sendWindow.left > 0) {
        if (this.#window.left <= 0) return;
        continue;
      }
      this.#order.remove(stream);
      if (!stream.output.waiting) stream.output.resumeSource();
    }
  }
}

function trailersToSend(trailers: Headers): HeadToSend {
  return { room: roomForFields(trailers), write: (encoder) => writeFields(encoder, trailers) };
}
