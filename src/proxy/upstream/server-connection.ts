import { ProxyError, toProxyError } from '../../core/errors.ts';
import { resetSocket } from '../../core/reset-socket.ts';
import { Deadline } from '../../core/timer-wheel.ts';
import { BodyDecoder } from '../../wire/http1/body-decoder.ts';
import { responseFaults } from '../../wire/http1/faults.ts';
import { UNTIL_CLOSE } from '../../wire/http1/framing.ts';
import { HeadReader } from '../../wire/http1/head-reader.ts';
import { parseResponseHead, responseBodyLength, type ResponseHead } from '../../wire/http1/response-head.ts';
import { guarded } from '../event-guard.ts';
import { DecodedBody, type BodyReader } from '../decoded-body.ts';
import { Intake, type IntakeOwner } from '../intake.ts';
import { MessageWriter, type WriterOwner } from '../message-writer.ts';
import type { WriterEnv } from '../socket-writer.ts';
import { ProgressWatch } from '../progress-watch.ts';
import type { Carrier, ConnectionKeeper, ConnectionUser, ServerRequest } from './connection-user.ts';
import type { DialedSocket } from './dial.ts';
import { headTooLate, MAX_INFORMATIONAL, silentTooLong, takesNothing, tooInformative } from './server-faults.ts';
import { outgoingHead } from './outgoing-request.ts';
import { outliveWriteErrors } from './outlive-write-errors.ts';
import { brokenOff } from './tls-failure.ts';

/** How often we look whether a server that has reset the connection said more before: it is all in the receive queue. */
const LAST_WORDS_MS = 100;
/** Looks without news after which nothing more is expected; two, as the first may come before the queue was read. */
const LAST_LOOKS = 2;

type State = 'idle' | 'head' | 'body' | 'tunnel' | 'closed';

/**
 * One connection to a server that speaks HTTP/1.
 *
 *            begin()           head of the final answer      both bodies have ended
 *   idle --------------> head --------------------------> body --------------------> idle
 *    |                    |                                |   '-- 101 --> tunnel
 *    | a byte, FIN, too   | any error, FIN                 | any error; FIN before the end; the answer ended
 *    v long, too old      v                                v before the request
 *   closed <-----------------------------------------------'
 *
 * (1) It works for one exchange at a time.
 * (2) It goes to idle only when request and answer have both ended, and no byte came behind the answer.
 * (3) No byte may arrive in idle. One that does means that we and the server disagree about where the last answer ended,
 *     so the connection is closed and never used again.
 */
export class ServerConnection implements Carrier, BodyReader, WriterOwner, IntakeOwner {
  readonly #socket: DialedSocket['socket'];
  readonly #keeper: ConnectionKeeper<ServerConnection>;
  readonly #env: WriterEnv;
  readonly #in: Intake;
  readonly #out: MessageWriter;
  readonly #reader: HeadReader;
  readonly #deadline: Deadline = new Deadline(() => guarded(this.#env, this.#socket, () => this.#expire()));
  readonly openedAt: number;
  #state: State = 'idle';
  #user: ConnectionUser | undefined;
  #request: ServerRequest | undefined;
  #body: DecodedBody | undefined;
  #keepAlive = true;
  #sent = false;
  #informational = 0;
  #lastWords = false;
  #lastLooks = 0;
  readonly #progress: ProgressWatch = new ProgressWatch();
  /** The server has said something about the current request. */
  heard = false;
  /** It belongs to one client connection: never idle for others. Set before credentials are sent on it. */
  bound = false;
  readonly shared: boolean = false;
  readonly wantsHttp1: boolean = false;
  /** Requests begun on it. */
  requests = 0;

  constructor(dialed: DialedSocket, keeper: ConnectionKeeper<ServerConnection>, env: WriterEnv, now: number) {
    const { plan } = keeper;
    this.#socket = dialed.socket;
    this.#keeper = keeper;
    this.#env = env;
    this.openedAt = now;
    this.#in = new Intake(dialed.socket, this, env.clock);
    this.#out = new MessageWriter(dialed.socket, this, env, plan.timeouts.idleMs);
    this.#reader = new HeadReader(plan.limits, { lenient: plan.lenient, faults: responseFaults });
    dialed.onBytes = (chunk) => this.#in.onBytes(chunk);
    outliveWriteErrors(dialed.socket, () => this.#writeFailed());
    dialed.socket.on('end', () => guarded(this.#env, this.#socket, () => this.#onEnd()));
    dialed.socket.on('close', () => guarded(this.#env, this.#socket, () => this.#onClose()));
  }

  get usable(): boolean {
    return this.#state === 'idle';
  }

  get reused(): boolean {
    return this.requests > 1;
  }

  /** Only in idle. */
  begin(user: ConnectionUser, request: ServerRequest): void {
    this.#state = 'head';
    this.#user = user;
    this.#request = request;
    this.#body = undefined;
    this.#keepAlive = true;
    this.#sent = this.heard = false;
    this.#informational = 0;
    this.requests++;
    this.#deadline.clear();
    this.#out.stallMs = request.idleMs;
    // An answer may not come while its request waits for the client's body; but one that waits for our 100 is due.
    if (request.expectContinue) this.#env.wheel.set(this.#deadline, request.firstByteMs);
    // A tunnel's bytes are no body of the request: they begin with the 101.
    this.#out.begin(
      outgoingHead(request),
      request.bodyLength,
      request.upgrade === undefined ? request.body : undefined,
    );
    if (!this.#sent) this.#out.flush();
  }

  /** Waits without work, for at most `ms`. */
  rest(now: number, ms: number): void {
    this.#env.wheel.setAt(this.#deadline, now + ms);
  }

  /** Closes it, whatever it does; its user hears nothing of it. */
  destroy(): void {
    this.#user = undefined;
    this.#leave();
    this.#socket.destroy();
  }

  abandon(error: ProxyError): void {
    const body = this.#body;
    this.#user = this.#body = undefined;
    this.#leave();
    this.#out.cancel(error);
    body?.cancel(error);
    resetSocket(this.#socket);
  }

  disown(reason: ProxyError): void {
    this.#user = undefined;
    this.#out.cancel(reason);
  }

  /** From here on nobody can choose it: the socket's 'close' may come a turn later. */
  #leave(): void {
    this.#state = 'closed';
    this.#deadline.clear();
    this.#keeper.gone(this);
  }

  // --- the answer ----------------------------------------------------------------------------------------------

  wantsBytes(): boolean {
    if (this.#state === 'body' || this.#state === 'tunnel') return this.#body!.flowing && !this.#body!.paused;
    return this.#state !== 'closed';
  }

  readsAhead(): boolean {
    return false;
  }

  takeBytes(chunk: Buffer, at: number): number {
    this.heard = true;
    if (this.#state === 'head') return this.#takeHead(chunk, at);
    if (this.#state === 'body' || this.#state === 'tunnel') return this.#takeBody(chunk, at);
    this.destroy();
    return chunk.length;
  }

  bytesTaken(): void {
    this.#body?.flush();
  }

  rested(): void {
    // A server's end is seen only when all before it has been taken.
  }

  /** Ends it, whatever it does; its user hears why. */
  fail(error: ProxyError): void {
    this.#broken(error);
  }

  refuseBytes(error: unknown): void {
    if (!(error instanceof ProxyError)) this.#env.bug(error);
    this.#broken(toProxyError(error));
  }

  #takeHead(chunk: Buffer, at: number): number {
    const text = this.#reader.read(chunk, at);
    if (text === undefined) return chunk.length;
    const { end } = this.#reader;
    const head = parseResponseHead(text, this.#keeper.plan.limits);
    if (head.status >= 200) this.#answered(head, end < chunk.length);
    else if (head.status === 101) this.#switched(head);
    else this.#informed(head);
    return end;
  }

  #informed(head: ResponseHead): void {
    if (++this.#informational > MAX_INFORMATIONAL) throw tooInformative();
    this.#keepAlive &&= head.keepAlive; // False where it speaks of a body, which it cannot have.
    this.#user?.informed(head.status, head.headers);
  }

  #switched(head: ResponseHead): void {
    const { upgrade } = this.#request!;
    if (upgrade === undefined || head.upgrade !== upgrade) {
      throw new ProxyError(
        'server-upgrade-failed',
        `Cannot switch protocols: ${upgrade ?? 'none'} was asked for, ${head.upgrade ?? 'none'} came`,
      );
    }
    const body = this.#openBody(UNTIL_CLOSE);
    this.#state = 'tunnel';
    this.#deadline.clear(); // The client's side looks after a tunnel that is silent.
    this.#keepAlive = false;
    this.#user?.answered(head, body);
    // Not before the 101 is on its way to the client may the client's bytes come through.
    if (this.#user) this.#out.begin('', UNTIL_CLOSE, this.#request!.body);
  }

  #answered(head: ResponseHead, more: boolean): void {
    const length = responseBodyLength(head, this.#request!.method);
    this.#keepAlive &&= head.keepAlive && length !== UNTIL_CLOSE;
    this.#state = 'body';
    if (length === 0) {
      const user = this.#over(more);
      user?.answered(head, undefined);
      user?.released();
      return;
    }
    const body = this.#openBody(length);
    this.#progress.start(body, false);
    this.#env.wheel.set(this.#deadline, this.#lastWords ? LAST_WORDS_MS : this.#request!.idleMs);
    this.#user?.answered(head, body);
  }

  #openBody(length: number): DecodedBody {
    this.#body = new DecodedBody(length, new BodyDecoder(length, this.#keeper.plan.limits, 'server'), this);
    return this.#body;
  }

  #takeBody(chunk: Buffer, at: number): number {
    const body = this.#body!;
    const end = body.take(chunk, at);
    if (body.complete) this.#end(body, end < chunk.length);
    return end;
  }

  /** The answer is whole: free for the next request before the client hears of it, which may send one at once. */
  #end(body: DecodedBody, more: boolean): void {
    const user = this.#over(more);
    user?.released();
    body.end();
  }

  bodyWanted(): void {
    this.#in.wake();
  }

  bodyCancelled(): void {
    // The rest of an answer that nobody wants cannot be told from the next one.
    if (this.#state !== 'body' && this.#state !== 'tunnel') return;
    const user = this.#user;
    this.destroy();
    user?.released();
  }

  /** The answer has ended. `more`: bytes came behind it. @returns whom it was for. */
  #over(more: boolean): ConnectionUser | undefined {
    const user = this.#user;
    this.#user = undefined;
    this.#body = this.#request = undefined;
    if (this.#state === 'closed') return user;
    this.#state = 'idle';
    this.#deadline.clear();
    if (this.#sent && this.#keepAlive && !more) this.#keeper.idle(this);
    else this.#endEarly();
    return user;
  }

  #endEarly(): void {
    const error = 'Cannot send the rest of the request: the server has answered already';
    if (!this.#sent) this.#out.cancel(new ProxyError('server-closed', error));
    this.destroy();
  }

  #releaseTunnel(): void {
    if (this.#out.open) return; // The client's side goes on.
    this.#user?.released();
    this.#user = undefined;
  }

  // --- the request ---------------------------------------------------------------------------------------------

  messageSent(): void {
    if (this.#state === 'tunnel') {
      this.#socket.end();
      if (this.#body!.over) this.#releaseTunnel();
      return;
    }
    this.#sent = true;
    if (this.#state === 'head') this.#env.wheel.set(this.#deadline, this.#request!.firstByteMs);
  }

  /**
   * The server has reset the connection while we were writing, as one does that answers early and closes. What it said before
   * waits in the receive queue, and is read first; nothing more is sent.
   */
  #writeFailed(): boolean {
    if (this.#state !== 'head' && this.#state !== 'body') return false;
    this.#sent = this.#keepAlive = false;
    this.#out.cancel(
      new ProxyError('server-reset', 'Cannot send the rest of the request: the server reset the connection'),
    );
    this.#env.wheel.set(this.#deadline, LAST_WORDS_MS);
    this.#lastWords = true;
    return true;
  }

  /** The request's body broke off. */
  messageBroken(error: ProxyError): void {
    this.#broken(error);
  }

  drained(): void {
    // The next request is not begun before this one has ended.
  }

  writeStalled(): void {
    this.#broken(takesNothing());
  }

  // --- ends ----------------------------------------------------------------------------------------------------

  #broken(error: ProxyError): void {
    const user = this.#user;
    const body = this.#body;
    const inHead = this.#state === 'head';
    this.#user = undefined;
    this.#leave();
    resetSocket(this.#socket);
    this.#out.cancel(error);
    if (inHead) user?.failed(error);
    else body?.fail(error);
    if (!inHead) user?.released();
  }

  #onEnd(): void {
    if (this.#state === 'idle') return this.destroy();
    // `body.finish` is false where the end cuts the body off.
    if (this.#state === 'tunnel' && this.#body!.finish()) return this.#releaseTunnel();
    if (this.#state === 'body' && this.#body!.finish()) return this.#over(false)?.released();
    // Where a write has learnt of a reset, which the kernel tells once, what a read finds then looks like an end.
    const why = 'Cannot read the answer: the server closed the connection before its end';
    this.#broken(this.#lastWords ? brokenOff(this.#socket.errored) : new ProxyError('server-closed', why));
  }

  #onClose(): void {
    const working = this.#state !== 'idle' && this.#state !== 'closed';
    if (working) this.#broken(brokenOff(this.#socket.errored));
    this.#leave();
    this.#out.dispose();
    this.#in.drop();
  }

  // --- deadlines -----------------------------------------------------------------------------------------------

  #expire(): void {
    if (this.#lastWords) return this.#lookForLastWords();
    if (this.#state === 'body') return this.#lookAtBody(this.#request!.idleMs);
    if (this.#state !== 'head') return this.destroy();
    if (!this.#sent && this.#out.bytes > 0) return; // The client sends its body now: its own limits hold until the last byte.
    this.#broken(headTooLate(this.#request!.firstByteMs));
  }

  #lookForLastWords(): void {
    const more = this.#state === 'body' && this.#progress.look(this.#body!) !== 0;
    this.#lastLooks = more ? 0 : this.#lastLooks + 1;
    if (this.#lastLooks < LAST_LOOKS) return this.#env.wheel.set(this.#deadline, LAST_WORDS_MS);
    this.#broken(brokenOff(this.#socket.errored));
  }

  /** Only while the answer's body is on its way. */
  #lookAtBody(idleMs: number): void {
    if (this.#progress.look(this.#body!) === 0) return this.#broken(silentTooLong(idleMs));
    this.#env.wheel.set(this.#deadline, idleMs);
  }
}
