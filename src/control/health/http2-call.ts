import http2 from 'node:http2';
import { TLSSocket } from 'node:tls';

import { Headers } from '../../core/headers.ts';
import type { DialedSocket } from '../../proxy/index.ts';
import { codeName } from '../../wire/http2/codes.ts';
import { codeOf } from '../code-of.ts';
import { durationWords } from '../events/duration-words.ts';
import { messageOf } from '../message-of.ts';
import { reach, type Target } from './reach.ts';
import { SocketStream } from './socket-stream.ts';

/** A request by HTTP/2 over a connection of its own. */
export interface Http2Question {
  /** With all pseudo-fields but `:scheme`. */
  readonly fields: http2.OutgoingHttpHeaders;
  /** Undefined: the request ends with its head. */
  readonly body?: Buffer | undefined;
  /** Bytes of the body of the answer that are read: what comes behind them is not waited for. 0: its head is all that is wanted. */
  readonly mostBody: number;
  /** Bytes that the server may send on the connection, whatever they are: past them there is no answer. */
  readonly mostBytes: number;
  /** Fields that a head of the server may have. */
  readonly mostFields: number;
  /** From the beginning to the end of it all. */
  readonly timeoutMs: number;
}

/** The answer, or why there is none; `own`: for want of something on our side. */
export type Http2Answer =
  | {
      readonly status: number;
      readonly headers: Headers;
      /** Undefined: there were none. */
      readonly trailers: Headers | undefined;
      readonly body: Buffer;
      readonly why?: undefined;
    }
  | { readonly why: string; readonly own: boolean };

/** 1xx answers before the final one that are still believed. */
const mostInformational = 16;

/** So long after the end of a connection all that came has been told of. */
const toldWithinMs = 100;

/** node:http2 takes no smaller bound of fields. */
const fewestFields = 4;

/**
 * Asks once, from the main thread: data threads have a codec of their own. `done` is called once, never before this has returned.
 * @returns how to give up.
 */
export function http2Call(target: Target, question: Http2Question, done: (answer: Http2Answer) => void): () => void {
  const call = new Call(question, done);
  call.start(target);
  return () => call.finish(undefined);
}

class Call {
  readonly #question: Http2Question;
  #done: ((answer: Http2Answer) => void) | undefined;
  #limit: NodeJS.Timeout | undefined;
  #end: NodeJS.Timeout | undefined;
  #giveUp: (() => void) | undefined;
  #dialed: DialedSocket | undefined;
  #session: http2.ClientHttp2Session | undefined;
  #stream: http2.ClientHttp2Stream | undefined;
  #status = 0;
  #headers: Headers | undefined;
  #trailers: Headers | undefined;
  readonly #body: Buffer[] = [];
  #bytes = 0;
  #informational = 0;

  constructor(question: Http2Question, done: (answer: Http2Answer) => void) {
    this.#question = question;
    this.#done = done;
  }

  start(target: Target): void {
    this.#giveUp = reach(target, (reached) => {
      if (reached.dialed === undefined) this.finish(reached);
      else this.#begin(reached.dialed);
    });
    // Made after that of `reach`, so that one says that there was no connection.
    this.#limit = setTimeout(() => this.#tooLate(), this.#question.timeoutMs);
  }

  finish(answer: Http2Answer | undefined): void {
    const done = this.#done;
    if (done === undefined) return;
    this.#done = undefined;
    clearTimeout(this.#limit);
    clearTimeout(this.#end);
    this.#giveUp?.();
    this.#session?.destroy();
    this.#dialed?.socket.destroy();
    if (answer !== undefined) done(answer);
  }

  #begin(dialed: DialedSocket): void {
    this.#dialed = dialed;
    const secure = dialed.socket instanceof TLSSocket;
    try {
      this.#ask(this.#connect(dialed), secure ? 'https' : 'http');
    } catch (error) {
      this.finish({ why: `the check itself failed: ${messageOf(error)}`, own: true });
    }
  }

  #connect(dialed: DialedSocket): http2.ClientHttp2Session {
    const { mostBytes, mostFields } = this.#question;
    const session = http2.connect('http://localhost', {
      createConnection: () => new SocketStream(dialed, mostBytes),
      settings: { enablePush: false },
      maxHeaderListPairs: Math.max(fewestFields, mostFields + 1), // `:status` is one of them.
    });
    this.#session = session;
    session.on('error', (error) => this.#broken(error));
    session.on('close', () => this.#closed());
    // Node tells of the end itself, but not where GOAWAY, and then what is no HTTP/2, was the last that came.
    dialed.socket.once('end', () => {
      if (this.#done !== undefined) this.#end = setTimeout(() => this.#closed(), toldWithinMs);
    });
    return session;
  }

  #ask(session: http2.ClientHttp2Session, scheme: string): void {
    const { fields, body } = this.#question;
    const stream = session.request({ ...fields, ':scheme': scheme }, { endStream: body === undefined });
    this.#stream = stream;
    stream.on('headers', () => {
      if (++this.#informational > mostInformational) this.#fail('no final answer');
    });
    stream.on('response', ({ ':status': status = 0 }, _, raw) => this.#begun(status, raw));
    stream.on('data', (chunk: Buffer) => this.#take(chunk));
    stream.on('trailers', (_fields, _flags, raw) => (this.#trailers = headersOf(raw)));
    stream.on('error', (error) => this.#broken(error));
    stream.on('close', () => this.#closed());
    if (body !== undefined) stream.end(body);
  }

  /** The answer has come to its end. */
  get #whole(): boolean {
    if (this.#headers === undefined || this.#stream === undefined) return false;
    return this.#stream.closed && this.#stream.rstCode === http2.constants.NGHTTP2_NO_ERROR;
  }

  #begun(status: number, raw: readonly string[]): void {
    this.#status = status;
    this.#headers = headersOf(raw);
    if (this.#bytes >= this.#question.mostBody) this.#answered();
  }

  #take(chunk: Buffer): void {
    const room = chunk.subarray(0, this.#question.mostBody - this.#bytes);
    this.#body.push(room);
    this.#bytes += room.length;
    // Node tells of bytes at once, and of the head before them a moment later.
    if (this.#bytes >= this.#question.mostBody && this.#headers !== undefined) this.#answered();
  }

  #answered(): void {
    const [status, trailers] = [this.#status, this.#trailers];
    this.finish({ status, headers: this.#headers!, trailers, body: Buffer.concat(this.#body) });
  }

  #broken(error: Error): void {
    // What has been said to its end counts, however the connection ends.
    if (this.#whole) this.#answered();
    else this.#fail(`no ${this.#headers === undefined ? 'answer by HTTP/2' : 'end of its answer'}: ${wordsOf(error)}`);
  }

  #closed(): void {
    if (this.#whole) return this.#answered();
    const gone = this.#end !== undefined || this.#dialed?.socket.destroyed === true;
    const what = gone ? 'closed the connection' : 'ended the request';
    this.#fail(`it ${what} ${this.#headers === undefined ? 'without an answer' : 'before the end of its answer'}`);
  }

  #tooLate(): void {
    const within = durationWords(this.#question.timeoutMs);
    if (this.#dialed === undefined) this.#fail(`no connection within ${within}`);
    else this.#fail(`no ${this.#headers === undefined ? '' : 'end of its '}answer within ${within}`);
  }

  #fail(why: string): void {
    this.finish({ why, own: false });
  }
}

/** Fields as they came, without pseudo-fields: Node's own map of them joins what is repeated. */
function headersOf(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (!raw[i]!.startsWith(':')) headers.add(raw[i]!, raw[i + 1]!);
  }
  return headers;
}

function wordsOf(error: Error): string {
  const [, name] = /error code (?:NGHTTP2_)?(\w+)$/.exec(error.message) ?? [];
  if (name === undefined) return messageOf(error);
  const words = /^\d+$/.test(name) ? codeName(Number(name)) : name;
  return `the ${codeOf(error) === 'ERR_HTTP2_SESSION_ERROR' ? 'connection' : 'stream'} ended with ${words}`;
}
