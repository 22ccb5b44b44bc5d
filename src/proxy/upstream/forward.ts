import type { BodySource } from '../../core/body.ts';
import { ProxyError } from '../../core/errors.ts';
import type { Headers } from '../../core/headers.ts';
import { CHUNKED } from '../../wire/http1/framing.ts';
import type { ResponseHead } from '../../wire/http1/response-head.ts';
import { requestHeadText } from '../../wire/http1/serialise.ts';
import type { DecodedBody } from '../decoded-body.ts';
import type { Abortable, Exchange, Reply } from '../exchange.ts';
import type { RouteTimeouts, ServerPlan } from '../plan.ts';
import { authenticatesConnection, type Binding, type Bindings } from './affinity.ts';
import type { Server } from './server.ts';
import type { ConnectionUser } from './connection-user.ts';
import type { ServerConnection } from './server-connection.ts';

/** A request as every server of the pool is to get it. */
export interface OutgoingRequest {
  /** Path and query. */
  readonly target: string;
  /** Undefined: the server's own name. */
  readonly host: string | undefined;
  readonly headers: Headers;
  /** Behind them. */
  readonly fixed?: { readonly text: string } | undefined;
  readonly body: BodySource | undefined;
  /** The server is asked whether it wants the body. */
  readonly expectContinue: boolean;
  /** Takes the place of the pool's, where it says something. */
  readonly timeouts: RouteTimeouts | undefined;
  /** The token of an upgrade that the route allows. */
  readonly upgrade: string | undefined;
  /** Lets the fields of an answer (of a 103 too) be changed before they go to the client. @param sentHost what `Host` said. */
  onResponse(headers: Headers, exchange: Exchange, server: ServerPlan, sentHost: string): void;
}

/** The pool, as one exchange sees it. */
export interface ServerChoice {
  readonly bindings: Bindings;
  /** A server that has not been tried, or undefined. */
  pick(exchange: Exchange, tried: ReadonlySet<Server> | undefined): Server | undefined;
}

/** What is to be forwarded, and where its answer goes. */
export interface ForwardWork {
  readonly exchange: Exchange;
  readonly reply: Reply;
  readonly request: OutgoingRequest;
}

/** RFC 9110 section 9.2.2: sent twice, they do what they do once. */
const idempotent: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** RFC 9110 section 8.6: these say that they have no content. */
const expectsContent: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

/**
 * The way of one exchange to a server: one attempt after the other until an answer begins.
 *
 * Goes on to the next server when one cannot be connected to: nothing of the request has left then. On a connection that had
 * been idle a server may close just as the request leaves; such a request is sent once more, over a new connection, if it is
 * idempotent and nothing of a body was sent.
 */
export class Forward implements Abortable, ConnectionUser {
  readonly #pool: ServerChoice;
  readonly #clock: { now(): number };
  readonly #exchange: Exchange;
  readonly #reply: Reply;
  readonly #request: OutgoingRequest;
  #tried: Set<Server> | undefined;
  #server: Server | undefined;
  #connection: ServerConnection | undefined;
  #binding: Binding | undefined;
  #giveUp: (() => void) | undefined;
  #sentAgain = false;

  constructor(pool: ServerChoice, clock: { now(): number }, work: ForwardWork) {
    this.#pool = pool;
    this.#clock = clock;
    this.#exchange = work.exchange;
    this.#reply = work.reply;
    this.#request = work.request;
  }

  start(): void {
    const { client } = this.#exchange;
    const { bindings } = this.#pool;
    if (!bindings.empty) this.#binding = bindings.of(client);
    const binds = this.#binding === undefined && authenticatesConnection(this.#request.headers);
    if (binds && client.trusted) {
      const why =
        'NTLM and Negotiate authenticate a connection, and a trusted proxy sends requests of many users over one';
      return this.#reply.fail(
        new ProxyError('connection-auth-through-proxy', `Cannot pass on the credentials: ${why}`),
      );
    }
    const server = this.#binding?.server ?? this.#pool.pick(this.#exchange, undefined);
    if (binds && server && !this.#exchange.dry) this.#binding = bindings.bind(client, server);
    this.#go(server, undefined);
  }

  abort(error: ProxyError): void {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#giveUp?.();
    this.#giveUp = undefined;
    connection?.abandon(error);
  }

  /** One attempt with this server, or the end with what the last one found. */
  #go(server: Server | undefined, last: ProxyError | undefined): void {
    if (!server)
      return this.#reply.fail(last ?? new ProxyError('no-server', 'Cannot choose a server: the pool has none'));
    this.#server = server;
    this.#exchange.server = server.server.name;
    this.#exchange.trace?.add('pick', `pool ${server.plan.name}, ${server.plan.balance}`, server.server.name);
    if (this.#exchange.dry) return this.#show();
    server.exchangesTotal++;
    const connection = this.#reusable(server);
    if (connection) this.#send(connection);
    else this.#connect(server);
  }

  /** The end of a dry exchange: what would be sent, in place of an answer. */
  #show(): void {
    const head = this.#head(0).split('\r\n').slice(0, -2);
    for (const line of head) this.#exchange.trace?.add('server', hideCredentials(line), this.#exchange.server);
    this.#reply.fail(new ProxyError('client-abort', 'Cannot go on: a dry exchange ends where a server would be asked'));
  }

  #reusable(server: Server): ServerConnection | undefined {
    const binding = this.#binding;
    if (!binding) return this.#sentAgain ? undefined : server.takeIdle(this.#exchange.timings.headRead);
    const bound = binding.connection;
    return bound?.usable ? bound : undefined;
  }

  #connect(server: Server): void {
    if (!server.resolved) {
      const { address } = server.server;
      const name = address.kind === 'tcp' ? address.host : address.path;
      return this.failed(
        new ProxyError('dns-failure', `Cannot connect to the server: the name ${name} has no address`),
      );
    }
    this.#giveUp = server.connect(this.#request.timeouts?.connectMs, (result) => {
      this.#giveUp = undefined;
      if (result instanceof ProxyError) this.failed(result);
      else this.#send(result);
    });
  }

  #send(connection: ServerConnection): void {
    const exchange = this.#exchange;
    const { upgrade } = this.#request;
    this.#connection = connection;
    if (this.#binding) bind(connection, this.#binding);
    exchange.timings.connected = this.#clock.now();
    const body = exchange.upgrade === undefined || upgrade !== undefined ? this.#request.body : undefined;
    const bodyLength = exchange.upgrade !== undefined || !body ? 0 : (body.length ?? CHUNKED);
    connection.begin(this, {
      head: this.#head(bodyLength),
      method: exchange.method,
      bodyLength,
      body: bodyLength === 0 && upgrade === undefined ? undefined : body,
      upgrade,
      expectContinue: this.#request.expectContinue,
      firstByteMs: this.#wait('firstByteMs'),
      idleMs: this.#wait('idleMs'),
    });
  }

  #wait(name: 'firstByteMs' | 'idleMs'): number {
    return this.#request.timeouts?.[name] ?? this.#server!.plan.timeouts[name];
  }

  #head(bodyLength: number): string {
    const { method, acceptsTrailers } = this.#exchange;
    const { target, host, headers, fixed, upgrade, expectContinue } = this.#request;
    let framing = fixed ? fixed.text : '';
    if (bodyLength > 0) framing += `Content-Length: ${bodyLength}\r\n`;
    else if (bodyLength === CHUNKED) framing += 'Transfer-Encoding: chunked\r\n';
    else if (expectsContent.has(method)) framing += 'Content-Length: 0\r\n';
    if (expectContinue && bodyLength !== 0) framing += 'Expect: 100-continue\r\n';
    if (upgrade !== undefined) framing += `Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n`;
    else if (acceptsTrailers) framing += 'TE: trailers\r\nConnection: TE\r\n';
    return requestHeadText(method, target, host ?? this.#server!.server.hostHeader, headers, framing);
  }

  // --- what the connection says --------------------------------------------------------------------------------

  informed(status: number, headers: Headers): void {
    if (status === 103) this.#translate(headers);
    this.#reply.inform(status, headers);
  }

  answered(head: ResponseHead, body: DecodedBody | undefined): void {
    this.#exchange.timings.firstByte = this.#clock.now();
    this.#exchange.trace?.add('server', `answers with ${head.status}`, this.#exchange.server);
    this.#translate(head.headers);
    this.#reply.respond({
      status: head.status,
      reason: head.reason,
      headers: head.headers,
      body,
      announcedLength: head.contentLength,
      upgrade: head.upgrade,
    });
  }

  #translate(headers: Headers): void {
    const { server } = this.#server!;
    this.#request.onResponse(headers, this.#exchange, server, this.#request.host ?? server.hostHeader);
  }

  failed(error: ProxyError): void {
    const server = this.#server!;
    const connection = this.#connection;
    this.#connection = undefined;
    this.#exchange.trace?.add('server', `${error.code}: ${error.message}`, server.server.name);
    if (error.side !== 'client') server.failuresTotal++; // A body over its limit breaks off here too.
    if (error.retry === 'always') this.#next(server, error);
    else if (error.retry === 'reused' && connection && this.#maySendAgain(connection)) this.#sendAgain(server, error);
    else this.#reply.fail(error);
  }

  released(): void {
    this.#connection = undefined;
  }

  /** No byte of the request has left: another server may have it. A client that is bound to one server stays with it. */
  #next(server: Server, error: ProxyError): void {
    const binding = this.#binding;
    if (binding?.connection) return this.#reply.fail(error);
    const tried = (this.#tried ??= new Set());
    tried.add(server);
    const next = this.#pool.pick(this.#exchange, tried);
    if (next) this.#exchange.retries++;
    if (next && binding) binding.server = next;
    this.#go(next, error);
  }

  #maySendAgain(connection: ServerConnection): boolean {
    const { method, body, upgrade } = this.#exchange;
    const untouched = body === undefined || upgrade !== undefined;
    return connection.requests > 1 && !connection.heard && !this.#sentAgain && untouched && idempotent.has(method);
  }

  #sendAgain(server: Server, error: ProxyError): void {
    this.#sentAgain = true;
    this.#exchange.retries++;
    this.#go(server, error);
  }
}

function hideCredentials(line: string): string {
  return line.replace(/^(authorization|proxy-authorization|cookie):.*/i, '$1: ***');
}

/** A connection that carries one client's credentials is that client's, and never idle for others. */
function bind(connection: ServerConnection, binding: Binding): void {
  if (binding.connection !== connection) binding.connection?.destroy();
  binding.connection = connection;
  connection.bound = true;
}
