import { Field } from '../core/field-names.ts';
import { Headers } from '../core/headers.ts';
import { ProxyError } from '../core/errors.ts';
import type { Abortable, Exchange, Reply } from './exchange.ts';
import { clientAddressOf } from './forwarding/client-address.ts';
import { isLoop } from './forwarding/loop.ts';
import { prepareHeaders } from './forwarding/fixed-headers.ts';
import { outgoingHeaders } from './forwarding/outgoing-headers.ts';
import { addVia } from './forwarding/via.ts';
import { GrpcCall } from './grpc-call.ts';
import { folderRedirect } from './folder-redirect.ts';
import { rewritePath } from './match/rewrite-path.ts';
import type { Work } from './middleware/feature.ts';
import type { Disabled, RoutePlan } from './plan.ts';
import type { ServerPlan } from './pool-plan.ts';
import type { RouteHooks } from './route-hooks.ts';
import { RouteRun } from './route-run.ts';
import type { Runtime } from './runtime.ts';
import type { LoadShedder } from './shed/load-shedder.ts';
import { TunnelField } from './tunnel-rows.ts';
import type { Tunnel } from './tunnel/tunnel.ts';
import { translateAnswer } from './translate/translate-answer.ts';
import { hasDestination } from './translate/map-destination.ts';
import { translateDestination } from './translate-destination.ts';
import type { FixedFields } from './upstream/fixed-fields.ts';
import type { OutgoingRequest } from './upstream/outgoing-request.ts';
import type { Pool } from './upstream/pool.ts';

/** The most that is sent on as `Max-Forwards`, however much came. */
const MAX_FORWARDS = 1_000_000_000;

/** The way of an exchange from its head to a server: who asks, which route, what the server is told. Never throws. */
export function handleExchange(exchange: Exchange, reply: Reply, runtime: Runtime): Abortable | undefined {
  const { client, headers } = exchange;
  exchange.clientAddress = clientAddressOf(headers, client, runtime.forwarding.trusted);
  exchange.trace?.add(
    'client',
    `the client is ${exchange.clientAddress}${client.trusted ? ', behind a trusted proxy' : ''}`,
  );
  if (isLoop(headers, runtime.plan.instance)) {
    reply.fail(new ProxyError('loop-detected', 'Cannot forward: the request has been here before'));
    return undefined;
  }
  const route = runtime.router.find(exchange);
  if (!route) return missed(exchange, reply, runtime);
  exchange.route = route;
  exchange.trace?.add('match', `the route is ${route.name}`);
  if (route.disabled !== undefined) return refuse(exchange, reply, route.disabled);
  if (isForUs(exchange)) return answerOptions(reply);
  if (runtime.shedder !== undefined && isShed(exchange, reply, runtime.shedder)) return undefined;
  const hooks = runtime.features.of(route);
  return hooks === undefined ? forward(exchange, reply, route, runtime) : run(exchange, reply, hooks, runtime);
}

/** No route has it: a folder without its slash, or a 404. */
function missed(exchange: Exchange, reply: Reply, runtime: Runtime): undefined {
  exchange.trace?.add('match', 'no route has the host and path');
  const redirect = folderRedirect(exchange, runtime.router);
  if (redirect) reply.respond(redirect);
  else reply.fail(new ProxyError('no-route', 'Cannot forward: no route has this host and path'));
}

/** Without what the route needs it lets nobody through, and nothing of it runs. */
function refuse({ trace }: Exchange, reply: Reply, { reason }: Disabled): undefined {
  trace?.add('match', `it is disabled: ${reason}`);
  reply.fail(new ProxyError('route-disabled', `Cannot forward: the route is disabled: ${reason}`));
}

/** There is too much to do for it. What the proxy answers itself is not refused: that is what tells that it lives. */
function isShed({ route, dry }: Exchange, reply: Reply, shedder: LoadShedder): boolean {
  if (route?.pool === undefined || dry || !shedder.refuses(route.importance)) return false;
  reply.fail(
    new ProxyError('shed', 'Cannot forward: there is more to do than can be done in time; see shed in the config'),
  );
  return true;
}

/** A route that does nothing on the way. */
function forward(exchange: Exchange, reply: Reply, route: RoutePlan, runtime: Runtime): Abortable | undefined {
  const { headers, fixed } = prepareHeaders(exchange, route, runtime.forwarding);
  return toServer(workOf(exchange, reply, route, headers), reply, runtime, fixed);
}

function run(exchange: Exchange, reply: Reply, hooks: RouteHooks, runtime: Runtime): Abortable {
  const route = exchange.route!;
  // A list of its own, with all that a feature might want to change.
  const prepare = (): Work => workOf(exchange, reply, route, outgoingHeaders(exchange, route, runtime.forwarding));
  return new RouteRun(
    { exchange, reply, route, hooks },
    { prepare, forward: (work, through) => toServer(work, through, runtime, undefined), bug: runtime.bug },
  ).start();
}

function workOf(exchange: Exchange, reply: Reply, route: RoutePlan, headers: Headers): Work {
  const { path, query } = exchange.target;
  const host = hostFor(exchange, route);
  return {
    exchange,
    reply,
    path: rewritePath(route, path),
    query,
    host,
    headers,
    body: exchange.body,
    expectContinue: exchange.expectContinue,
    own: undefined,
  };
}

/** @param fixed what stands behind the fields, ready made. */
function toServer(work: Work, reply: Reply, runtime: Runtime, fixed: FixedFields | undefined): Abortable | undefined {
  const { exchange, headers, host, body } = work;
  const route = exchange.route!;
  const pool = poolFor(work, route, runtime);
  if (pool === undefined) {
    reply.fail(
      new ProxyError('no-route', 'Cannot forward: no feature of the route answers, and it leads to no server'),
    );
    return undefined;
  }
  exchange.pool = pool.plan.name;
  if (hasDestination(exchange.method) && route.translate?.locations === true) {
    const denied = translateDestination(work, pool.plan, runtime);
    if (denied) {
      reply.fail(denied);
      return undefined;
    }
  }
  const upgrade = allowedUpgrade(exchange, route);
  const tunnel = upgrade === undefined ? noTunnel(exchange) : enterTunnel(exchange, reply, runtime);
  if (tunnel instanceof ProxyError) {
    reply.fail(tunnel);
    return undefined;
  }
  const request: OutgoingRequest = {
    target: work.path + work.query,
    host,
    headers,
    fixed,
    body: tunnel?.toServer ?? body,
    expectContinue: work.expectContinue,
    timeouts: route.timeouts,
    retries: route.retries,
    upgrade,
    onResponse: answerStep(route, runtime),
  };
  const call = GrpcCall.of(exchange, reply, runtime.time);
  return call === undefined ? pool.forward(exchange, tunnel ?? reply, request) : call.forward(pool, request);
}

function allowedUpgrade({ upgrade }: Exchange, route: RoutePlan): string | undefined {
  return upgrade !== undefined && route.upgrade.includes(upgrade) ? upgrade : undefined;
}

/** What asks for another protocol goes on as a request without it, where its client can do anything with the answer. */
function noTunnel({ tunnelOnly = false, upgrade = '' }: Exchange): ProxyError | undefined {
  if (!tunnelOnly) return undefined;
  const remedy = 'see upgrade of the route';
  return new ProxyError(
    'upgrade-not-allowed',
    `Cannot open a tunnel: the route does not let ${upgrade} through; ${remedy}`,
  );
}

/** What stands between an upgrade and its server; or why it may not be. Undefined: it is not to become a tunnel. */
function enterTunnel(
  exchange: Exchange,
  reply: Reply,
  { tunnels, tunnelRows }: Runtime,
): Tunnel | ProxyError | undefined {
  const { name, tunnel } = exchange.route!;
  const row = tunnelRows.get(name);
  if (!exchange.dry && exchange.body !== undefined) return tunnels.enter(exchange, reply, row);
  if (row !== undefined) {
    exchange.trace?.add(
      'match',
      `${row.get(TunnelField.open)} of at most ${tunnel!.max} tunnels of the route are open`,
    );
  }
  return undefined;
}

function poolFor(
  { exchange, headers }: Work,
  { name, pool, split }: RoutePlan,
  { pools, splits }: Runtime,
): Pool | undefined {
  if (split !== undefined) return splits.get(name)?.choose(exchange, headers);
  return pool === undefined ? undefined : pools.get(pool);
}

function hostFor(exchange: Exchange, route: RoutePlan): string | undefined {
  const { hostHeader } = route;
  if (hostHeader.kind === 'literal') return hostHeader.value;
  // HTTP/1.0 may come without a Host; HTTP/1.1 may not go out without one.
  return hostHeader.kind === 'preserve' && exchange.authority !== '' ? exchange.authority : undefined;
}

/**
 * RFC 9110 section 7.6.2: OPTIONS and TRACE with `Max-Forwards: 0` end here, others are counted down.
 * The field is changed on the way; a value that is no number is passed on as it is.
 */
function isForUs(exchange: Exchange): boolean {
  if (exchange.method !== 'OPTIONS' && exchange.method !== 'TRACE') return false;
  const { headers } = exchange;
  const at = headers.ids.indexOf(Field.MaxForwards);
  if (at < 0 || !/^\d+$/.test(headers.values[at]!)) return false;
  const left = Math.min(Number(headers.values[at]), MAX_FORWARDS);
  if (left > 0) headers.values[at] = String(left - 1);
  return left === 0;
}

function answerOptions(reply: Reply): undefined {
  reply.respond({ status: 204, reason: '', headers: new Headers(), body: undefined, announcedLength: undefined });
}

type AnswerStep = (headers: Headers, exchange: Exchange, server: ServerPlan, sentHost: string) => void;

/** What is done to a server's answer: one of four functions, so that no exchange makes its own. */
function answerStep(route: RoutePlan, { forwarding }: Runtime): AnswerStep {
  if (route.translate === undefined) return forwarding.via ? addOwnVia : keep;
  return forwarding.via ? translateAndAddVia : translateAnswer;
}

function translateAndAddVia(headers: Headers, exchange: Exchange, server: ServerPlan, sentHost: string): void {
  translateAnswer(headers, exchange, server, sentHost);
  addOwnVia(headers);
}

function addOwnVia(headers: Headers): void {
  const before = headers.getAll('Via').join(', ');
  headers.remove('Via');
  addVia(headers, before, 'HTTP/1.1');
}

function keep(): void {
  // The usual answer goes on as the server sent it.
}
