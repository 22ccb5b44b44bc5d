import type { BodySource } from '../../../core/body.ts';
import { ProxyError, type ErrorCode } from '../../../core/errors.ts';
import { Headers as Fields } from '../../../core/headers.ts';
import type { ProxyResponse } from '../../exchange.ts';
import { fieldsOf, HeaderView } from './header-view.ts';
import type { BodyEnv } from './iterated-body.ts';
import { MessageBody, type BodySide } from './message-body.ts';
import { MessageView } from './message-view.ts';
import type { BodyLike, FieldsLike, ResponseLike, UserResponse } from './middleware.ts';

/** What an answer is made of; the fields are changed in place. */
export interface AnswerParts {
  readonly status: number;
  readonly reason: string;
  readonly headers: Fields;
  readonly body: BodySource | undefined;
  readonly announcedLength: string | undefined;
  /** The failure that is being answered. */
  readonly code?: ErrorCode | undefined;
}

/** An answer, as people's own middleware sees it. */
export class ResponseView extends MessageView implements UserResponse {
  readonly headers: HeaderView;
  readonly #parts: AnswerParts;
  readonly #env: BodyEnv;
  #status: number;
  #content: MessageBody | undefined;
  #replaced = false;

  constructor(parts: AnswerParts, env: BodyEnv) {
    super();
    this.#parts = parts;
    this.#env = env;
    this.#status = parts.status;
    this.headers = new HeaderView(parts.headers);
  }

  get status(): number {
    return this.#status;
  }

  set status(status: number) {
    this.#status = checkStatus(status);
  }

  get reason(): ErrorCode | undefined {
    return this.#parts.code;
  }

  override get body(): ReturnType<() => MessageView['body']> {
    return super.body;
  }

  override set body(value: BodyLike) {
    super.body = value;
    this.#replaced = true;
    // A text is as it stands there, whatever the body before was.
    if (typeof value === 'string') this.headers.remove('Content-Encoding');
  }

  /** What goes out to a request of this method. @throws TypeError where the body was read and nothing took its place. */
  settle(method: string): ProxyResponse {
    const { reason, headers, body: before, announcedLength: announced } = this.#parts;
    const status = this.#status;
    const body = this.#content === undefined ? before : this.#content.settle();
    const answer = { status, reason: status === this.#parts.status ? reason : '', headers };
    if (body === undefined) return { ...answer, body, announcedLength: this.#replaced ? '0' : announced };
    if (method !== 'HEAD' && status !== 204 && status !== 304) return { ...answer, body, announcedLength: undefined };
    body.cancel(noBody());
    const announcedLength = method === 'HEAD' ? body.length?.toString() : announced;
    return { ...answer, body: undefined, announcedLength };
  }

  /** It does not go out. */
  end(error: ProxyError = unused()): void {
    if (this.#content === undefined) this.#parts.body?.cancel(error);
    else this.#content.end(error);
  }

  protected get content(): MessageBody {
    this.#content ??= new MessageBody(this.#parts.body, sideOf(this.#env));
    return this.#content;
  }

  protected get encoding(): string | undefined {
    return this.headers.get('Content-Encoding');
  }

  protected unreadable(what: string): ProxyError {
    return new ProxyError('middleware-failed', `Cannot read the body of the answer: ${what}`);
  }
}

function sideOf(env: BodyEnv): BodySide {
  return {
    env,
    onStart: () => undefined,
    discard: (source, _started, reason) => source.cancel(reason),
    tooLarge: (limit) =>
      new ProxyError('middleware-failed', `Cannot read the body of the answer: it is larger than ${limit} bytes`),
  };
}

/** An answer of people's own. @throws TypeError where it is none. */
export function responseOf(given: ResponseLike | Response, env: BodyEnv): ResponseView {
  if (typeof given !== 'object' || given === null) {
    throw new TypeError(
      `Cannot answer with a ${typeof given}: return { status, headers, body }, a Response, or what next() gave`,
    );
  }
  const { status = 200, body } = given;
  checkStatus(status);
  const headers = fieldsOf(given.headers as FieldsLike | undefined);
  // What came by fetch() has been decoded already.
  if (given instanceof Response && given.url !== '') headers.remove('Content-Encoding');
  if (typeof body === 'string' && !headers.has('Content-Type'))
    headers.add('Content-Type', 'text/plain; charset=utf-8');
  const view = new ResponseView({ status, reason: '', headers, body: undefined, announcedLength: undefined }, env);
  if (body !== undefined && body !== null) view.body = body as BodyLike;
  return view;
}

function checkStatus(status: number): number {
  if (Number.isInteger(status) && status >= 200 && status <= 599) return status;
  throw new TypeError(`Cannot answer with the status ${String(status)}: it is a whole number, 200 to 599`);
}

function noBody(): ProxyError {
  return new ProxyError('middleware-failed', 'Cannot send the body: an answer of this kind has none');
}

function unused(): ProxyError {
  return new ProxyError('middleware-failed', 'Cannot send the answer: another one took its place');
}
