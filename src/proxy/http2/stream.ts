import type { BufferPool } from '../../core/buffer-pool.ts';
import type { ProxyError } from '../../core/errors.ts';
import type { Headers } from '../../core/headers.ts';
import type { Http2CodeValue } from '../../wire/http2/codes.ts';
import type { HeaderField } from '../../wire/http2/header-field.ts';
import type { HpackEncoder } from '../../wire/http2/hpack-encoder.ts';
import { ReceiveWindow, SendWindow } from '../../wire/http2/window.ts';
import { StreamInput, type InputOwner } from './stream-input.ts';
import { StreamOutput, type OutputOwner } from './stream-output.ts';

/** Why a stream came to nothing. */
export interface StreamEnd {
  /** The peer reset it, it broke a rule on this stream, or the connection has ended. */
  readonly by: 'reset' | 'fault' | 'connection';
  /** As in RST_STREAM or GOAWAY; a peer may say any number. */
  readonly code: number;
  /** False: the peer has said that it did nothing with the stream, so that it may be sent again. */
  readonly processed: boolean;
  /** "Cannot ...", for the log. */
  readonly message: string;
}

/** Whom a stream works for. None of its calls throws anything but a ProxyError that says what is wrong with the peer's message. */
export interface StreamUser {
  /**
   * A header block came: the head of a message, or its trailers. Not called for the request that opens a stream.
   * @param fields lent. @param whole false: the list was over its limit, and this is not all of it.
   */
  headersCame(fields: readonly HeaderField[], endStream: boolean, whole: boolean): void;
  /** The message has fewer or more bytes than it announced: the user resets the stream. */
  lengthWrong(): void;
  /** The peer's message has come to its end, and the stream is still there. */
  messageCame?(): void;
  /** What the sink of the input wants no more is dropped. */
  inputCancelled(): void;
  /** All of the input has gone on to its sink. */
  inputTaken?(): void;
  /** Our message has been handed over, all of it. */
  outputSent(): void;
  /** The source of our body broke off. */
  outputBroken(error: ProxyError): void;
  /** Both messages have ended in order: the stream is no more. */
  closed(): void;
  /** It came to nothing, and is no more. Not called for what the user resets itself. */
  ended(end: StreamEnd): void;
}

/** The connection, as its streams see it. */
export interface StreamOwner {
  sendHead(stream: Http2Stream, head: HeadToSend, endStream: boolean): void;
  sendData(stream: Http2Stream, bytes: Buffer, from: number): number;
  sendEnd(stream: Http2Stream, trailers: Headers | undefined): void;
  outputWaits(stream: Http2Stream): void;
  inputUsed(stream: Http2Stream, bytes: number, eager: boolean): void;
  inputAwaited(stream: Http2Stream): void;
  reset(stream: Http2Stream, code: Http2CodeValue): void;
  readonly backedUp: boolean;
}

/** A head as it is to be sent. */
export interface HeadToSend {
  /** Bytes that it takes at most, by `roomForFields`. */
  readonly room: number;
  write(encoder: HpackEncoder): void;
}

/**
 * One stream of an HTTP/2 connection, of either side (RFC 9113 section 5.1).
 *
 * It is open until both messages have ended (`localEnded`, `remoteEnded`) or one side resets it, and then leaves the connection.
 */
export class Http2Stream implements InputOwner, OutputOwner {
  readonly id: number;
  readonly sendWindow: SendWindow;
  readonly receiveWindow: ReceiveWindow;
  readonly output: StreamOutput;
  readonly buffers: BufferPool;
  /** The body that comes, once a head has announced one. */
  input: StreamInput | undefined = undefined;
  user: StreamUser | undefined = undefined;
  localEnded = false;
  remoteEnded = false;
  /** It has left the connection. */
  gone = false;
  /** Where its last frame of DATA begins, in which page of the output. */
  dataAt = -1;
  dataPage = -1;
  readonly #owner: StreamOwner;

  /**
   * @param windows of SETTINGS_INITIAL_WINDOW_SIZE, the peer's and ours.
   * @param buffers for what is kept.
   */
  constructor(
    id: number,
    owner: StreamOwner,
    windows: { readonly send: number; readonly receive: number },
    buffers: BufferPool,
  ) {
    this.id = id;
    this.buffers = buffers;
    this.#owner = owner;
    this.sendWindow = new SendWindow(windows.send);
    this.receiveWindow = new ReceiveWindow(windows.receive);
    this.output = new StreamOutput(this);
  }

  /** Both messages have ended in order. */
  get ended(): boolean {
    return this.localEnded && this.remoteEnded;
  }

  get backedUp(): boolean {
    return this.#owner.backedUp;
  }

  /** The body of the message whose head has just come. @param length bytes, or CHUNKED. */
  openInput(length: number): StreamInput {
    this.input = new StreamInput(length, this);
    return this.input;
  }

  /**
   * Sends a head, of a message or of a 1xx. With `endStream` the message is over: `outputSent` is called before this returns.
   */
  sendHead(head: HeadToSend, endStream: boolean): void {
    if (this.gone || this.localEnded) return;
    this.#owner.sendHead(this, head, endStream);
  }

  /** Ends the stream at once. Its user hears no more of it. */
  reset(code: Http2CodeValue): void {
    this.user = undefined;
    this.output.dropHeld();
    if (!this.gone) this.#owner.reset(this, code);
  }

  sendData(bytes: Buffer, from: number): number {
    return this.gone ? bytes.length : this.#owner.sendData(this, bytes, from);
  }

  sendEnd(trailers: Headers | undefined): void {
    if (this.gone || this.localEnded) return;
    this.#owner.sendEnd(this, trailers);
  }

  outputWaits(): void {
    if (!this.gone) this.#owner.outputWaits(this);
  }

  outputBroken(error: ProxyError): void {
    this.user?.outputBroken(error);
  }

  inputUsed(bytes: number, eager: boolean): void {
    this.#owner.inputUsed(this, bytes, eager);
  }

  inputAwaited(): void {
    this.#owner.inputAwaited(this);
  }

  inputCancelled(): void {
    this.user?.inputCancelled();
  }

  inputTaken(): void {
    this.user?.inputTaken?.();
  }
}
