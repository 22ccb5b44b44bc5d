import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import { formatHostPort } from '../../core/ip.ts';
import type { Logger } from '../../core/log.ts';
import { messageOf } from '../message-of.ts';
import { listenOnControlSocket } from './control-socket.ts';

/** What a call is answered with. The body goes out as JSON, unless it is a text of its own type. */
export interface AdminAnswer {
  readonly status: number;
  readonly body: unknown;
  /** Media type of a body that is a text. */
  readonly type?: string;
}

/** One call. Gets the JSON of the request's body; undefined: there was none. What it throws is answered with 500. */
export type AdminHandler = (body: unknown) => Promise<AdminAnswer>;

/** Every call, by `METHOD /path`. */
export type AdminRoutes = Readonly<Record<string, AdminHandler>>;

const maxBodyBytes = 64 * 1024;
const maxConnections = 32;

/** A failure in the form in which all of them come: a list of problems. */
export function problem(status: number, message: string): AdminAnswer {
  return { status, body: { problems: [{ message }] } };
}

/** Says why a call is refused; undefined: it is not. */
export type Guard = (request: IncomingMessage) => AdminAnswer | undefined;

/** The admin API: HTTP and JSON over the control socket. */
export class AdminServer {
  readonly #routes: AdminRoutes;
  readonly #log: Logger;
  readonly #guard: Guard;
  readonly #server: Server;

  /** @param guard judges each call first; default: all may. */
  constructor(routes: AdminRoutes, log: Logger, guard: Guard = () => undefined) {
    this.#routes = routes;
    this.#log = log;
    this.#guard = guard;
    this.#server = createServer(
      { maxHeaderSize: 8192, headersTimeout: 5000, requestTimeout: 10_000, keepAliveTimeout: 1000 },
      (request, response) => void this.#serve(request, response),
    );
    this.#server.maxConnections = maxConnections;
  }

  /** @throws {ControlSocketError} in words. */
  async listen(path: string): Promise<void> {
    await listenOnControlSocket(this.#server, path);
    this.#server.on('error', (error) => this.#log.error(`The control socket failed: ${error.message}`));
  }

  /** @throws the system's error. */
  async listenTcp({ host, port }: { readonly host: string; readonly port: number }): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen({ host, port, exclusive: true }, resolve);
    await promise;
    this.#server.off('error', reject);
    this.#server.on('error', (error) => this.#log.error(`The endpoint for metrics failed: ${error.message}`));
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
    let answer: AdminAnswer;
    try {
      answer = await this.#answer(request);
    } catch (error) {
      this.#log.error(`Cannot answer ${request.method} ${request.url}: ${messageOf(error)}`);
      answer = problem(500, messageOf(error));
    }
    const allow = answer.status === 405 ? { allow: this.#methodsOf(pathOf(request)).join(', ') } : {};
    const { type = 'application/json', body } = answer;
    response.writeHead(answer.status, { 'content-type': type, 'cache-control': 'no-store', ...allow });
    response.end(answer.type === undefined ? `${JSON.stringify(body)}\n` : body);
  }

  async #answer(request: IncomingMessage): Promise<AdminAnswer> {
    const refusal = this.#guard(request);
    if (refusal !== undefined) return refusal;
    const path = pathOf(request);
    const handler = Object.hasOwn(this.#routes, `${request.method} ${path}`)
      ? this.#routes[`${request.method} ${path}`]
      : undefined;
    if (handler === undefined) return this.#unknown(request.method ?? '', path);
    const text = await readBody(request);
    if (text === undefined) return problem(413, `Cannot read the body: more than ${maxBodyBytes} bytes came`);
    if (text === '') return await handler(undefined);
    const body = parseJson(text);
    return body === undefined ? problem(400, 'Cannot read the body: it is no JSON') : await handler(body.value);
  }

  #unknown(method: string, path: string): AdminAnswer {
    const methods = this.#methodsOf(path);
    if (methods.length > 0) return problem(405, `Cannot ${method} ${path}: it takes ${methods.join(', ')}`);
    const paths = [...new Set(Object.keys(this.#routes).map((key) => key.slice(key.indexOf(' ') + 1)))];
    return problem(404, `Cannot find ${path}: there are ${paths.join(', ')}`);
  }

  #methodsOf(path: string): string[] {
    return Object.keys(this.#routes)
      .filter((key) => key.endsWith(` ${path}`))
      .map((key) => key.slice(0, key.indexOf(' ')));
  }
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0]!;
}

/** Undefined: it is too long. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
