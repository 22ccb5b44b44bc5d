import type { ErrorCode } from '../core/errors.ts';
import { ProxyError } from '../core/errors.ts';
import { Headers } from '../core/headers.ts';
import { inSlices } from '../core/piecework.ts';
import { Trace, type TraceNote } from '../core/trace.ts';
import { HeadReader } from '../wire/http1/head-reader.ts';
import { parseRequestHead, type RequestHead } from '../wire/http1/request-head.ts';
import { normalisePath } from '../wire/path.ts';
import type { ClientConnection, Exchange, ProxyResponse, Reply, TlsFacts } from './exchange.ts';
import { handleExchange } from './handler.ts';
import { explainRoutes, type RouteVerdict } from './match/explain-routes.ts';
import type { ListenerPlan, Plan } from './plan.ts';
import { runtimeOf, runtimeParts, type Runtime, type RuntimeEnv } from './runtime.ts';

/** A request that nobody sends. */
export interface RequestToExplain {
  readonly method: string;
  /** Path and query, as a client would send them. */
  readonly target: string;
  /** `host` or `host:port`. */
  readonly authority: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The peer's address. */
  readonly from: string;
  /** Name of the listener that it comes in by. */
  readonly listener: string;
}

/** What would become of it. */
export interface Explanation {
  readonly listener: string;
  /** Every route, in the order of the config; none where the request is refused before a route is asked. */
  readonly routes: readonly RouteVerdict[];
  /** What was decided, in order. */
  readonly notes: readonly TraceNote[];
  /** Where it ends. */
  readonly end:
    | { readonly kind: 'server'; readonly pool: string; readonly server: string }
    /** By a feature; with a reason it is a refusal that features have seen. */
    | {
        readonly kind: 'answer';
        readonly status: number;
        readonly reason: ErrorCode | undefined;
        readonly fields: readonly string[];
      }
    | { readonly kind: 'refused'; readonly status: number; readonly reason: ErrorCode; readonly message: string };
}

/** Longest wait for features that need time, such as a password's check. */
const patienceMs = 5000;

/**
 * Sends a request by the code that real ones go by, up to where a server would be asked. Nothing is sent, counted or
 * logged; cursors and bindings stay as they are. A body is not part of it.
 *
 * @throws {ProxyError} `bad-request` where there is no such listener.
 */
export async function explain(request: RequestToExplain, runtime: Runtime): Promise<Explanation> {
  const listener = runtime.plan.listeners.find(({ name }) => name === request.listener);
  if (listener === undefined) {
    throw new ProxyError('bad-request', `Cannot explain: there is no listener ${request.listener}`);
  }
  const trace = new Trace();
  const reply = new DryReply();
  try {
    const exchange = dryExchange(request, { listener, runtime, trace });
    handleExchange(exchange, reply, runtime);
    await reply.ended(patienceMs);
    return {
      listener: listener.name,
      routes: await explainRoutes(runtime.plan.routes, exchange, runtime.router.find(exchange)),
      notes: trace.notes,
      end: reply.endOf(exchange) ?? { kind: 'server', pool: exchange.pool, server: exchange.server },
    };
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error;
    return { listener: listener.name, routes: [], notes: trace.notes, end: refusal(error) };
  }
}

/** The same by a plan that is not in force. */
export async function explainPlan(
  request: RequestToExplain,
  plan: Plan,
  names: ReadonlyMap<string, readonly string[]>,
  env: RuntimeEnv,
): Promise<Explanation> {
  const runtime = runtimeOf(plan, await inSlices(runtimeParts(plan, { current: undefined, names }, env)), env);
  return explain(request, runtime).finally(() => runtime.features.close());
}

interface Dry {
  readonly listener: ListenerPlan;
  readonly runtime: Runtime;
  readonly trace: Trace;
}

/** @throws {ProxyError} what a client would be told of such a request. */
function dryExchange(request: RequestToExplain, { listener, runtime, trace }: Dry): Exchange {
  const head = headOf(request, listener);
  const path = head.target.path === '*' ? '*' : normalisePath(head.target.path, listener.paths);
  if (path !== head.target.path) trace.add('client', `the path ${head.target.path} counts as ${path}`);
  const client = clientOf(request, listener, runtime);
  return {
    id: 'explained',
    client,
    clientAddress: client.address,
    protocol: 'HTTP/1.1',
    scheme: client.tls === undefined ? 'http' : 'https',
    method: head.method,
    target: { path, query: head.target.query, raw: head.target.raw },
    authority: head.authority,
    host: head.host,
    headers: head.headers,
    body: undefined,
    upgrade: head.upgrade,
    expectContinue: false,
    acceptsTrailers: head.acceptsTrailers,
    dry: true,
    trace,
    timings: { started: 0, headRead: 0, queuedMs: 0, connected: 0, firstByte: 0, ended: 0 },
    route: undefined,
    pool: '',
    server: '',
    user: '',
    retries: 0,
    status: 0,
    reason: undefined,
    bytesIn: 0,
    bytesOut: 0,
  };
}

/** By the reader of real heads: what it refuses is refused here. */
function headOf({ method, target, authority, headers }: RequestToExplain, { limits }: ListenerPlan): RequestHead {
  const fields = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const reader = new HeadReader(limits);
  const bytes = Buffer.from(`${method} ${target} HTTP/1.1\r\nHost: ${authority}\r\n${fields}\r\n`);
  const text = reader.read(bytes, 0);
  if (text === undefined) throw new ProxyError('bad-request', 'Cannot explain: the request has no end');
  return parseRequestHead(text, limits);
}

function clientOf({ from, authority }: RequestToExplain, listener: ListenerPlan, runtime: Runtime): ClientConnection {
  const { address } = listener;
  return {
    // What is kept by connection must not be another explanation's.
    id: 2 ** 31 + Math.floor(Math.random() * 2 ** 31),
    listener: listener.name,
    plan: listener,
    address: from,
    port: 0,
    localPort: address.kind === 'tcp' ? address.port : 0,
    trusted: runtime.forwarding.trusted.has(from),
    tls: listener.tls === undefined ? undefined : usualTls(authority),
    onClose() {
      // It never was open.
    },
  };
}

/** As of a browser, without a certificate. */
function usualTls(authority: string): TlsFacts {
  const serverName = authority.replace(/:\d+$/, '').toLowerCase();
  const cipher = 'TLS_AES_128_GCM_SHA256';
  return { version: 'TLSv1.3', cipher, serverName, resumed: false, clientCertificate: undefined };
}

/** Takes what an exchange ends with, and gives nothing to anybody. */
class DryReply implements Reply {
  #answer: ProxyResponse | undefined;
  #failure: ProxyError | undefined;
  readonly #over: PromiseWithResolvers<void> = Promise.withResolvers();

  inform(): void {
    // Nobody waits.
  }

  respond(response: ProxyResponse): void {
    response.body?.cancel(new ProxyError('client-abort', 'Cannot send an answer: nobody asked'));
    this.#answer = response;
    this.#over.resolve();
  }

  fail(error: ProxyError): void {
    this.#failure = error;
    this.#over.resolve();
  }

  async ended(withinMs: number): Promise<void> {
    const late = setTimeout(() => this.#over.resolve(), withinMs);
    await this.#over.promise;
    clearTimeout(late);
  }

  /** Undefined: at a server. A failure without a status is where a dry exchange leaves the way. */
  endOf({ reason }: Exchange): Explanation['end'] | undefined {
    if (this.#answer !== undefined) {
      const { status, headers } = this.#answer;
      return { kind: 'answer', status, reason, fields: linesOf(headers) };
    }
    return this.#failure === undefined || this.#failure.status === 0 ? undefined : refusal(this.#failure);
  }
}

function refusal({ status, code, message }: ProxyError): Explanation['end'] {
  return { kind: 'refused', status, reason: code, message };
}

function linesOf(headers: Headers): string[] {
  return headers.names.map((name, i) => `${name}: ${headers.values[i]!}`);
}
