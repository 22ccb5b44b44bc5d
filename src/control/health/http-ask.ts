import { ProxyError } from '../../core/errors.ts';
import type { Headers } from '../../core/headers.ts';
import type { DialedSocket } from '../../proxy/index.ts';
import { BodyDecoder } from '../../wire/http1/body-decoder.ts';
import { responseFaults } from '../../wire/http1/faults.ts';
import { HeadReader } from '../../wire/http1/head-reader.ts';
import type { MessageLimits } from '../../wire/http1/limits.ts';
import { parseResponseHead, responseBodyLength, type ResponseHead } from '../../wire/http1/response-head.ts';
import { messageOf } from '../message-of.ts';
import { durationWords } from '../events/duration-words.ts';
import { brokenWords, reach, type Target } from './reach.ts';

/** A request that is made again and again, each time over a connection of its own. */
export interface HttpQuestion {
  readonly method: string;
  /** Request line and fields, with the empty line; bytes as latin1. */
  readonly head: string;
  readonly limits: MessageLimits;
  readonly lenient: boolean;
  /** False: nobody wants to see the body, and the connection is closed behind the head. */
  readonly readsBody: boolean;
  /** From the beginning to the end of it all. */
  readonly timeoutMs: number;
}

/** The answer, or why there is none; `own`: for want of something on our side. */
export type HttpAnswer =
  | { readonly status: number; readonly headers: Headers; readonly body: string; readonly why?: undefined }
  | { readonly why: string; readonly own: boolean };

/** More of a body is not read: what is looked for must be in what came before. */
export const mostBodyBytes = 65_536;

/** 1xx answers before the final one that are still believed. */
const mostInformational = 16;

/** Asks once. `done` is called once, never before this has returned. @returns how to give up. */
export function httpAsk(target: Target, question: HttpQuestion, done: (answer: HttpAnswer) => void): () => void {
  const ask = new Ask(question, done);
  ask.start(target);
  return () => ask.finish(undefined);
}

class Ask {
  readonly #question: HttpQuestion;
  readonly #reader: HeadReader;
  #done: ((answer: HttpAnswer) => void) | undefined;
  #limit: NodeJS.Timeout | undefined;
  #giveUp: (() => void) | undefined;
  #dialed: DialedSocket | undefined;
  #head: ResponseHead | undefined;
  #decoder: BodyDecoder | undefined;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #informational = 0;

  constructor(question: HttpQuestion, done: (answer: HttpAnswer) => void) {
    this.#question = question;
    this.#done = done;
    this.#reader = new HeadReader(question.limits, { lenient: question.lenient, faults: responseFaults });
  }

  start(target: Target): void {
    this.#giveUp = reach(target, (reached) => {
      if (reached.dialed === undefined) this.finish(reached);
      else this.#begin(reached.dialed);
    });
    // Made after that of `reach`, so that one says that there was no connection.
    this.#limit = setTimeout(() => this.#tooLate(), this.#question.timeoutMs);
  }

  finish(answer: HttpAnswer | undefined): void {
    const done = this.#done;
    if (done === undefined) return;
    this.#done = undefined;
    clearTimeout(this.#limit);
    this.#giveUp?.();
    this.#dialed?.socket.destroy();
    if (answer !== undefined) done(answer);
  }

  #begin(dialed: DialedSocket): void {
    this.#dialed = dialed;
    const { socket } = dialed;
    dialed.onBytes = (chunk) => this.#onBytes(chunk);
    socket.on('error', (error) => this.#fail(`the connection broke off (${brokenWords(error)})`));
    socket.on('end', () => this.#onEnd());
    socket.on('close', () => this.#onEnd());
    socket.write(this.#question.head, 'latin1');
  }

  /** What the server says may be anything: nothing gets out of here but the answer. */
  #onBytes(chunk: Buffer): boolean {
    if (this.#done === undefined) return false;
    try {
      this.#take(chunk);
    } catch (error) {
      if (!(error instanceof ProxyError))
        this.finish({ why: `the check itself failed: ${messageOf(error)}`, own: true });
      else this.#fail(`no valid HTTP: ${error.message.replace(/^Cannot read the (?:answer|body): /, '')}`);
    }
    return this.#done !== undefined;
  }

  #take(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && this.#done !== undefined) {
      if (this.#decoder === undefined) at = this.#takeHead(chunk, at);
      else at = this.#takeBody(chunk, at, this.#decoder);
    }
  }

  #takeHead(chunk: Buffer, at: number): number {
    const text = this.#reader.read(chunk, at);
    if (text === undefined) return chunk.length;
    const { end } = this.#reader;
    const { method, limits, readsBody } = this.#question;
    const head = parseResponseHead(text, limits);
    if (head.status < 200) {
      if (head.status === 101 || ++this.#informational > mostInformational) this.#fail('no final answer');
      return end;
    }
    this.#head = head;
    const length = readsBody ? responseBodyLength(head, method) : 0;
    if (length === 0) this.#answered();
    else this.#decoder = new BodyDecoder(length, limits, 'server');
    return end;
  }

  #takeBody(chunk: Buffer, at: number, decoder: BodyDecoder): number {
    const bytes = decoder.decode(chunk, at);
    if (bytes !== undefined) {
      const room = bytes.subarray(0, mostBodyBytes - this.#bytes);
      this.#chunks.push(Buffer.from(room)); // The chunk is lent.
      this.#bytes += room.length;
    }
    if (decoder.done || this.#bytes >= mostBodyBytes) this.#answered();
    return decoder.end;
  }

  #answered(): void {
    const { status, headers } = this.#head!;
    this.finish({ status, headers, body: Buffer.concat(this.#chunks).toString() });
  }

  #onEnd(): void {
    if (this.#decoder?.finish() === true) this.#answered();
    else if (this.#head === undefined) this.#fail('it closed the connection without an answer');
    else this.#fail('it closed the connection before the end of its answer');
  }

  #tooLate(): void {
    const within = durationWords(this.#question.timeoutMs);
    if (this.#dialed === undefined) this.#fail(`no connection within ${within}`);
    else this.#fail(this.#head === undefined ? `no answer within ${within}` : `no end of its answer within ${within}`);
  }

  #fail(why: string): void {
    this.finish({ why, own: false });
  }
}
