import { ProxyError } from '../../../core/errors.ts';
import { Headers as Fields } from '../../../core/headers.ts';
import { isAlphanumeric, tableOf } from '../../../wire/chars.ts';
import type { TlsFacts } from '../../exchange.ts';
import type { Work } from '../feature.ts';
import { HeaderView } from './header-view.ts';
import type { BodyEnv } from './iterated-body.ts';
import { MessageBody, type BodySide } from './message-body.ts';
import { MessageView } from './message-view.ts';
import type { BodyLike, FieldsLike, UserExchange, UserResponse } from './middleware.ts';
import { responseOf, type ResponseView } from './response-view.ts';

/** RFC 3986: of a path, a query and a host, encodings included. */
const pathChar = tableOf((byte) => isAlphanumeric(byte) || "-._~!$&'()*+,;=:@%/".includes(String.fromCharCode(byte)));
const queryChar = tableOf((byte) => pathChar[byte] === 1 || byte === 0x3f);
const hostChar = tableOf((byte) => isAlphanumeric(byte) || '-._:[]'.includes(String.fromCharCode(byte)));

/** A request, as one piece of people's own middleware sees it. */
export class ExchangeView extends MessageView implements UserExchange {
  readonly headers: HeaderView;
  readonly state: Map<string, unknown>;
  readonly #work: Work;
  readonly #env: BodyEnv;
  #content: MessageBody | undefined;
  #abort: AbortController | undefined;
  #over: ProxyError | undefined;
  #answer: ResponseView | undefined;

  constructor(work: Work, state: Map<string, unknown>, env: BodyEnv) {
    super();
    this.#work = work;
    this.#env = env;
    this.state = state;
    this.headers = new HeaderView(work.headers);
  }

  get id(): string {
    return this.#work.exchange.id;
  }

  get clientAddress(): string {
    return this.#work.exchange.clientAddress;
  }

  get scheme(): 'http' | 'https' {
    return this.#work.exchange.scheme;
  }

  get method(): string {
    return this.#work.exchange.method;
  }

  get host(): string {
    return this.#work.exchange.host;
  }

  get path(): string {
    return this.#work.exchange.target.path;
  }

  get query(): string {
    return this.#work.exchange.target.query;
  }

  get tls(): TlsFacts | undefined {
    return this.#work.exchange.client.tls;
  }

  get route(): string {
    return this.#work.exchange.route?.name ?? '';
  }

  get upgrade(): string | undefined {
    return this.#work.exchange.upgrade;
  }

  get serverPath(): string {
    return this.#work.path;
  }

  set serverPath(path: string) {
    this.#work.path = checked(path, 'serverPath', path[0] === '/' ? pathChar : undefined);
  }

  get serverQuery(): string {
    return this.#work.query;
  }

  set serverQuery(query: string) {
    this.#work.query = checked(query, 'serverQuery', query === '' || query[0] === '?' ? queryChar : undefined);
  }

  get serverHost(): string | undefined {
    return this.#work.host;
  }

  set serverHost(host: string | undefined) {
    this.#work.host = host === undefined ? host : checked(host, 'serverHost', host === '' ? undefined : hostChar);
  }

  get user(): string {
    return this.#work.exchange.user;
  }

  set user(name: string) {
    if (typeof name !== 'string') throw new TypeError(`Cannot set the user: it is a ${typeof name}, not a text`);
    this.#work.exchange.user = name;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#over !== undefined) this.#abort.abort(this.#over);
    }
    return this.#abort.signal;
  }

  respond(status: number, headers?: FieldsLike, body?: BodyLike): UserResponse {
    this.#answer?.end();
    this.#answer = responseOf({ status, headers, body }, this.#env);
    return this.#answer;
  }

  /** What `respond` was told. */
  get answer(): ResponseView | undefined {
    return this.#answer;
  }

  /** The client has gone, or time is up. */
  get ended(): boolean {
    return this.#over !== undefined;
  }

  /** The request goes on. @throws TypeError where its body cannot. */
  settle(): void {
    if (this.#content !== undefined) this.#work.body = this.#content.settle();
  }

  /** No server is asked: what is still to come of the request is not wanted. */
  endBody(error: ProxyError): void {
    this.#content?.end(error);
  }

  /** Nobody waits for it any more. */
  cancel(error: ProxyError): void {
    this.#over ??= error;
    this.#content?.end(error);
    this.#abort?.abort(error);
  }

  protected get content(): MessageBody {
    if (this.#content !== undefined) return this.#content;
    // The bytes of a tunnel are nobody's to read.
    const { body, exchange } = this.#work;
    this.#content = new MessageBody(exchange.upgrade === undefined ? body : undefined, this.#side());
    return this.#content;
  }

  protected get encoding(): string | undefined {
    return this.headers.get('Content-Encoding');
  }

  protected unreadable(what: string): ProxyError {
    return new ProxyError('bad-body', `Cannot read the request body: ${what}`);
  }

  #side(): BodySide {
    const work = this.#work;
    return {
      env: this.#env,
      onStart: () => {
        // The server will not be asked whether it wants a body that is being read already.
        if (work.expectContinue) work.reply.inform(100, new Fields());
        work.expectContinue = false;
      },
      discard: (source, started, reason) => {
        // What nobody has begun to read is the connection's to skip.
        if (started || source !== work.exchange.body) source.cancel(reason);
      },
      tooLarge: (limit) =>
        new ProxyError('body-too-large', `Cannot read the request body: it is larger than ${limit} bytes`),
    };
  }
}

/** @param table of the characters that it may have; undefined: it does not begin as it must. */
function checked(
  text: string,
  name: 'serverPath' | 'serverQuery' | 'serverHost',
  table: Uint8Array | undefined,
): string {
  let bad = table === undefined || typeof text !== 'string';
  for (let i = 0; !bad && i < text.length; i++) bad = table![text.charCodeAt(i)] !== 1;
  if (!bad) return text;
  const words = {
    serverPath: 'it begins with /',
    serverQuery: 'it is empty or begins with ?',
    serverHost: 'it is a name',
  };
  throw new TypeError(`Cannot set ${name}: ${words[name]}, and what URLs do not allow is percent-encoded`);
}
