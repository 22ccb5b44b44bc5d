import { ProxyError } from '../../../core/errors.ts';
import { CHUNKED } from '../../../wire/http1/framing.ts';
import { responseFaults } from '../../../wire/http1/faults.ts';
import { Http2Code, type Http2CodeValue } from '../../../wire/http2/codes.ts';
import type { HeaderField } from '../../../wire/http2/header-field.ts';
import type { HpackEncoder } from '../../../wire/http2/hpack-encoder.ts';
import {
  parseResponseFields,
  responseFieldsLength,
  type Http2ResponseHead,
} from '../../../wire/http2/response-head.ts';
import { parseTrailerFields } from '../../../wire/http2/trailers.ts';
import type { HeadToSend, Http2Stream, StreamEnd, StreamUser } from '../../http2/stream.ts';
import { ProgressWatch } from '../../progress-watch.ts';
import type { Carrier, ConnectionUser, ServerRequest } from '../connection-user.ts';
import { headTooLate, MAX_INFORMATIONAL, silentTooLong, takesNothing, tooInformative } from '../server-faults.ts';
import { nowhere } from '../retry/discard.ts';
import { roomForRequest, webSocketAccept, writeRequest } from './request-fields.ts';
import { errorOf, junk } from './stream-failures.ts';
import type { StreamHome } from './stream-home.ts';

type State = 'head' | 'body' | 'tunnel' | 'over';

/**
 * One exchange on a stream of a connection to a server.
 *
 *   begin()      head of the final answer        both messages have ended, or the server's has
 *  --------> head --------------------------> body ---------------------------------------> over
 *             |                                 '-- 2xx for an extended CONNECT --> tunnel ---^
 *             '-- any failure, which ends this stream alone -------------------------------- ^
 */
export class ServerStream implements Carrier, StreamUser, HeadToSend {
  readonly shared: boolean = true;
  readonly reused: boolean;
  heard: boolean = false;
  wantsHttp1: boolean = false;
  /** When to look whether the server lets us wait for too long. */
  dueAt: number = Infinity;
  readonly #home: StreamHome;
  #state: State = 'head';
  #stream: Http2Stream | undefined;
  #user: ConnectionUser | undefined;
  #request: ServerRequest | undefined;
  /** All of the request has been handed over. */
  #sent = false;
  #informational = 0;
  /** Bytes of the request that had left at the last look. */
  #sentBytes = -1;
  #progress: ProgressWatch | undefined;

  constructor(home: StreamHome) {
    this.#home = home;
    this.reused = home.used;
  }

  begin(user: ConnectionUser, request: ServerRequest): void {
    const { body, upgrade, expectContinue, firstByteMs, idleMs } = request;
    this.#user = user;
    this.#request = request;
    const stream = this.#home.open(this);
    this.#stream = stream;
    stream.sendHead(this, body === undefined && upgrade === undefined);
    if (this.#sent) return;
    // The answer may not come while the client sends the body; but a 100 is due, and so is word of a tunnel.
    this.#wait(expectContinue || upgrade !== undefined ? firstByteMs : idleMs);
    // A tunnel's bytes wait until it is open.
    if (upgrade === undefined) stream.output.begin(body!);
  }

  abandon(error: ProxyError): void {
    this.#user = undefined;
    const stream = this.#leave();
    stream?.reset(Http2Code.Cancel);
    stream?.output.cancel(error);
    stream?.input?.cancel(error);
  }

  disown(reason: ProxyError): void {
    this.#user = undefined;
    this.#stream?.output.cancel(reason);
  }

  // --- the request ---------------------------------------------------------------------------------------------

  get room(): number {
    return roomForRequest(this.#request!);
  }

  write(encoder: HpackEncoder): void {
    writeRequest(encoder, this.#request!, this.#home.scheme);
  }

  outputSent(): void {
    this.#sent = true;
    if (this.#state === 'head') this.#wait(this.#request!.firstByteMs);
  }

  outputBroken(error: ProxyError): void {
    this.#broken(error, Http2Code.Cancel);
  }

  // --- the answer ----------------------------------------------------------------------------------------------

  headersCame(fields: readonly HeaderField[], endStream: boolean, whole: boolean): void {
    this.heard = true;
    try {
      if (!whole) throw junk('its fields are more than the limits of the pool allow');
      if (this.#state === 'head') this.#takeHead(fields, endStream);
      else this.#takeTrailers(fields, endStream);
    } catch (error) {
      if (!(error instanceof ProxyError)) throw error;
      this.#broken(error, Http2Code.ProtocolError);
    }
  }

  #takeHead(fields: readonly HeaderField[], endStream: boolean): void {
    const head = parseResponseFields(fields, this.#home.limits.lineBytes);
    if (head.status < 200) this.#informed(head, endStream);
    else if (this.#request!.upgrade !== undefined && head.status < 300) this.#switched(head, endStream);
    else this.#answered(head, endStream);
  }

  #informed({ status, headers }: Http2ResponseHead, endStream: boolean): void {
    if (endStream) throw junk('it ends with an informational one');
    if (++this.#informational > MAX_INFORMATIONAL) throw tooInformative();
    this.#user?.informed(status, headers);
  }

  #answered(head: Http2ResponseHead, endStream: boolean): void {
    const { status, headers, contentLength } = head;
    const length = responseFieldsLength(head, this.#request!.method);
    if (endStream && length > 0) throw junk('Content-Length announces a body, and none comes');
    this.#state = 'body';
    // Where there is to be no body its end may still come by a frame of its own.
    const input = endStream ? undefined : this.#stream!.openInput(length);
    if (input !== undefined) this.#watch();
    const body = length === 0 ? undefined : input;
    if (body === undefined) input?.start(nowhere);
    this.#user?.answered({ status, reason: '', headers, contentLength, upgrade: undefined }, body);
  }

  /** The server agrees to a tunnel: what HTTP/1 says with a 101. */
  #switched({ headers }: Http2ResponseHead, endStream: boolean): void {
    const { upgrade, body, headers: asked } = this.#request!;
    const accept = webSocketAccept(asked);
    if (accept !== undefined) headers.set('Sec-WebSocket-Accept', accept);
    this.#state = 'tunnel';
    const input = this.#stream!.openInput(CHUNKED);
    if (endStream) input.end(undefined);
    this.#wait(this.#request!.idleMs);
    this.#user?.answered({ status: 101, reason: '', headers, contentLength: undefined, upgrade }, input);
    // Not before the client has been told may its bytes come through.
    if (this.#user !== undefined) this.#stream!.output.begin(body!);
  }

  #takeTrailers(fields: readonly HeaderField[], endStream: boolean): void {
    if (!endStream || this.#state === 'tunnel') throw junk('a head came where there is only room for its body');
    const trailers = parseTrailerFields(fields, this.#home.limits.trailerBytes, responseFaults);
    if (!this.#stream!.input!.end(trailers)) this.lengthWrong();
  }

  lengthWrong(): void {
    this.#broken(junk('its body is not as long as its Content-Length says'), Http2Code.ProtocolError);
  }

  /** The answer is whole. What is left of the request has no use any more. */
  messageCame(): void {
    if (this.#state !== 'body' || this.#sent) return;
    const stream = this.#leave();
    stream?.reset(Http2Code.NoError);
    stream?.output.cancel(
      new ProxyError('server-closed', 'Cannot send the rest of the request: the server has answered already'),
    );
    this.#release();
  }

  inputCancelled(): void {
    const stream = this.#leave();
    stream?.reset(Http2Code.Cancel);
    stream?.output.cancel(
      new ProxyError('server-closed', 'Cannot send the rest of the request: nobody wants its answer'),
    );
    this.#release();
  }

  // --- ends ----------------------------------------------------------------------------------------------------

  closed(): void {
    this.#leave();
    this.#release();
  }

  ended(end: StreamEnd): void {
    this.wantsHttp1 = end.code === Http2Code.Http11Required;
    this.#fail(errorOf(end, this.#home.failure));
  }

  #broken(error: ProxyError, code: Http2CodeValue): void {
    this.#stream?.reset(code);
    this.#fail(error);
  }

  #fail(error: ProxyError): void {
    const user = this.#user;
    const inHead = this.#state === 'head';
    const stream = this.#leave();
    this.#user = undefined;
    stream?.output.cancel(error);
    if (inHead) return user?.failed(error);
    stream?.input?.fail(error);
    user?.released();
  }

  #leave(): Http2Stream | undefined {
    const stream = this.#stream;
    if (this.#state === 'over') return undefined;
    this.#state = 'over';
    this.dueAt = Infinity;
    return stream;
  }

  #release(): void {
    const user = this.#user;
    this.#user = undefined;
    user?.released();
  }

  // --- waits ---------------------------------------------------------------------------------------------------

  #wait(ms: number): void {
    this.dueAt = this.#home.now() + ms;
    this.#home.lookAt(this.dueAt);
  }

  /** Its body comes from now on. */
  #watch(): void {
    this.#progress = new ProgressWatch();
    this.#progress.start(this.#stream!.input!, false);
    this.#wait(this.#request!.idleMs);
  }

  /** `dueAt` has come. */
  expire(): void {
    const { idleMs } = this.#request!;
    const error = this.#late();
    if (error === undefined) return this.#wait(idleMs);
    this.#broken(error, Http2Code.Cancel);
    this.#home.doubt();
  }

  #late(): ProxyError | undefined {
    const { firstByteMs, idleMs, expectContinue, upgrade } = this.#request!;
    const { output, input } = this.#stream!;
    if (this.#state === 'head') {
      const due = this.#sent || upgrade !== undefined || (expectContinue && output.bytes === 0);
      if (due) return headTooLate(firstByteMs);
    }
    // What the server does not let through is kept: it stands still where that gets no less.
    const stuck = output.waiting && output.sent === this.#sentBytes;
    this.#sentBytes = output.sent;
    if (stuck) return takesNothing();
    const silent = this.#state === 'body' && !input!.complete && this.#progress!.look(input!) === 0;
    return silent ? silentTooLong(idleMs) : undefined;
  }
}
