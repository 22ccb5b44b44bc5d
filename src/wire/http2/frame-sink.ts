import type { ByteSpan } from './byte-span.ts';
import type { Http2CodeValue } from './codes.ts';

/**
 * Who is told what a FrameReader reads. Everything that can be judged without knowing a stream has been judged: stream ids are
 * odd, lengths right, increments and settings within their bounds. All that is handed over is lent until the call returns.
 * What a method throws comes out of `read`, after which the reader is dead.
 */
export interface FrameSink {
  /** A DATA frame begins. `length` is what counts for flow control: with padding (RFC 9113 section 6.1). */
  onDataStart(streamId: number, length: number): void;
  /** Some of its payload; not called for none. */
  onData(streamId: number, bytes: Buffer): void;
  /** It is over. */
  onDataEnd(streamId: number, endStream: boolean): void;
  /**
   * A whole header block, from HEADERS and all CONTINUATION. It has to be decoded, whatever becomes of the stream.
   * @param dependsOnItself by the priority of its HEADERS: the stream is to end (RFC 7540 section 5.3.1).
   */
  onHeaders(streamId: number, block: ByteSpan, endStream: boolean, dependsOnItself: boolean): void;
  onReset(streamId: number, code: number): void;
  /** One setting; then `onSettingsEnd`, after which an ACK is due. */
  onSetting(id: number, value: number): void;
  onSettingsEnd(): void;
  onSettingsAck(): void;
  /** `opaque` holds the 8 bytes that an answer repeats. */
  onPing(opaque: ByteSpan, ack: boolean): void;
  /** @param debug text of the peer's, cut; bytes as characters. */
  onGoaway(lastStreamId: number, code: number, debug: string): void;
  /** @param streamId 0 for the connection. */
  onWindowUpdate(streamId: number, increment: number): void;
  /** RFC 9218 section 7.1. @param value for `parsePriority`. */
  onPriorityUpdate(streamId: number, value: string): void;
  /** A frame that means nothing: PRIORITY, or of a type that is not known. To be counted, since a flood is one. */
  onIgnored(type: number, length: number): void;
  /** The peer broke a rule that ends this stream: RST_STREAM. The message is for the log. */
  onStreamFault(streamId: number, code: Http2CodeValue, message: string): void;
}
