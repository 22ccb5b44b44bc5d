import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import { formatHostPort } from '../../core/ip.ts';
import type { Logger } from '../../core/log.ts';
import { messageOf } from '../message-of.ts';
import { problem, type AdminAnswer } from './admin-answer.ts';
import { listenOnControlSocket } from './control-socket.ts';
import { readBody, type ReadBody } from './read-body.ts';

/** What a handler is told of a call. */
export interface AdminRequest {
  /** The JSON of the request's body; undefined: there was none. */
  readonly body: unknown;
  readonly over: 'socket' | 'tcp';
}

/** One call. What it throws is answered with 500. */
export type AdminHandler = (request: AdminRequest) => Promise<AdminAnswer>;

/**
 * Who may make a call over TCP. `open`: everyone. `read`: who has the token; everyone, where there is none. `token`: who has the
 * token. `socket`: nobody.
 */
export type AdminAccess = 'open' | 'read' | 'token' | 'socket';

export interface AdminRoute {
  readonly handler: AdminHandler;
  readonly access: AdminAccess;
  /** Default: 64 kB. */
  readonly maxBodyBytes?: number;
  /** What follows a `?` is ignored, as programs that ask for health and metrics may expect; else it is refused. */
  readonly ignoresQuery?: boolean;
}

/** Every call, by `METHOD /path`. */
export type AdminRoutes = Readonly<Record<string, AdminRoute>>;

/** Says why a call is refused; undefined: it is not. It is asked before a body is read. @param access undefined: there is no such call. */
export type Guard = (request: IncomingMessage, access: AdminAccess | undefined) => AdminAnswer | undefined;

const defaultBodyBytes = 64 * 1024;
const maxConnections = 32;

/** Longest time in which who asked takes none of the answer's bytes, in ms. */
const sendMs = 30_000;

const limits = {
  maxHeaderSize: 8192,
  headersTimeout: 5000,
  requestTimeout: 10_000,
  keepAliveTimeout: 1000,
  // How often the time-outs above are looked at.
  connectionsCheckingInterval: 1000,
};

/** The admin API: HTTP and JSON over the control socket, or over TCP. */
export class AdminServer {
  readonly #routes: AdminRoutes;
  readonly #log: Logger;
  readonly #guard: Guard;
  readonly #server: Server;
  #over: AdminRequest['over'] = 'socket';

  /** @param guard judges each call first; default: all may. */
  constructor(routes: AdminRoutes, log: Logger, guard: Guard = () => undefined) {
    this.#routes = routes;
    this.#log = log;
    this.#guard = guard;
    this.#server = createServer(limits, (request, response) => void this.#serve(request, response));
    this.#server.maxConnections = maxConnections;
  }

  /** @throws {ControlSocketError} in words. */
  async listen(path: string): Promise<void> {
    await listenOnControlSocket(this.#server, path);
    this.#server.on('error', (error) => this.#log.error(`The control socket failed: ${error.message}`));
  }

  /** @throws the system's error. */
  async listenTcp({ host, port }: { readonly host: string | undefined; readonly port: number }): Promise<void> {
    this.#over = 'tcp';
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen({ ...(host !== undefined && { host }), port, exclusive: true }, resolve);
    await promise;
    this.#server.off('error', reject);
    this.#server.on('error', (error) => this.#log.error(`The address of the admin API failed: ${error.message}`));
  }

  /** `127.0.0.1:2020`; empty where it listens on no port. */
  get address(): string {
    const bound = this.#server.address();
    return bound === null || typeof bound === 'string' ? '' : formatHostPort(bound.address, bound.port);
  }

  /** Takes no calls any more and removes the socket. Calls that are being answered have `graceMs` to end. */
  async close(graceMs: number): Promise<void> {
    if (!this.#server.listening) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeIdleConnections();
    const late = setTimeout(() => this.#server.closeAllConnections(), graceMs);
    await promise;
    clearTimeout(late);
  }

  /** Never rejects. */
  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on('error', () => {}); // The caller went away: there is nobody to answer.
    response.on('error', () => {});
    let answer: AdminAnswer | undefined;
    try {
      answer = await this.#answer(request);
    } catch (error) {
      this.#log.error(`Cannot answer ${request.method} ${pathOf(request)}: ${messageOf(error)}`);
      answer = problem(500, messageOf(error));
    }
    if (answer === undefined || response.destroyed) return;
    request.socket.setTimeout(sendMs);
    send(response, answer);
  }

  /** Undefined: nobody is there any more. */
  async #answer(request: IncomingMessage): Promise<AdminAnswer | undefined> {
    const { method = '' } = request;
    const path = pathOf(request);
    const route = this.#find(method, path);
    const refusal = this.#guard(request, route?.access) ?? refuseQuery(request, path, route);
    const { maxBodyBytes = defaultBodyBytes } = route ?? {};
    const read = await readBody(request, refusal === undefined ? maxBodyBytes : 0);
    if (read === 'gone') return undefined;
    if (refusal !== undefined) return refusal;
    return route === undefined ? this.#unknown(method, path) : await this.#call(route, read, maxBodyBytes);
  }

  async #call(route: AdminRoute, read: Exclude<ReadBody, 'gone'>, maxBodyBytes: number): Promise<AdminAnswer> {
    if (read === 'too-long') return problem(413, `Cannot read the body: more than ${maxBodyBytes} bytes came`);
    const body = read.text === '' ? { value: undefined } : parseJson(read.text);
    if (body === undefined) return problem(400, 'Cannot read the body: it is no JSON');
    return await route.handler({ body: body.value, over: this.#over });
  }

  /** HEAD is a GET whose body stays here. */
  #find(method: string, path: string): AdminRoute | undefined {
    const key = `${method === 'HEAD' ? 'GET' : method} ${path}`;
    return Object.hasOwn(this.#routes, key) ? this.#routes[key] : undefined;
  }

  #unknown(method: string, path: string): AdminAnswer {
    const methods = this.#methodsOf(path);
    if (methods.length > 0) {
      const allow = methods.join(', ');
      return problem(405, `Cannot ${method} ${path}: it takes ${allow}`, { allow });
    }
    const paths = [...new Set(Object.keys(this.#routes).map((key) => key.slice(key.indexOf(' ') + 1)))];
    return problem(404, `Cannot find ${path}: there are ${paths.join(', ')}`);
  }

  #methodsOf(path: string): string[] {
    return Object.keys(this.#routes)
      .filter((key) => key.endsWith(` ${path}`))
      .map((key) => key.slice(0, key.indexOf(' ')))
      .flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  }
}

function refuseQuery({ url }: IncomingMessage, path: string, route: AdminRoute | undefined): AdminAnswer | undefined {
  if (route === undefined || route.ignoresQuery === true || url === path) return undefined;
  return problem(400, `Cannot read the query: ${path} takes none`);
}

function send(response: ServerResponse, { status, body, type, headers }: AdminAnswer): void {
  const text = type === undefined ? `${JSON.stringify(body)}\n` : String(body);
  response.writeHead(status, {
    'content-type': type ?? 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  response.end(text);
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0]!;
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
