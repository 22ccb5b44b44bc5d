import { Field } from '../core/field-names.ts';
import { Headers } from '../core/headers.ts';
import { ProxyError } from '../core/errors.ts';
import type { Abortable, Exchange, Reply } from './exchange.ts';
import { clientAddressOf } from './forwarding/client-address.ts';
import { isLoop } from './forwarding/loop.ts';
import { prepareHeaders } from './forwarding/fixed-headers.ts';
import { addVia } from './forwarding/via.ts';
import { rewritePath } from './match/rewrite-path.ts';
import type { RoutePlan } from './plan.ts';
import type { Runtime } from './runtime.ts';

/** The way of an exchange from its head to a server: who asks, which route, what the server is told. Never throws. */
export function handleExchange(exchange: Exchange, reply: Reply, runtime: Runtime): Abortable | undefined {
  const { client, headers } = exchange;
  exchange.clientAddress = clientAddressOf(headers, client, runtime.forwarding.trusted);
  if (isLoop(headers, runtime.plan.instance)) {
    reply.fail(new ProxyError('loop-detected', 'Cannot forward: the request has been here before'));
    return undefined;
  }
  const route = runtime.router.find(client.listener, exchange.host, exchange.target.path);
  if (!route) {
    reply.fail(new ProxyError('no-route', 'Cannot forward: no route has this host and path'));
    return undefined;
  }
  exchange.route = route;
  if (isForUs(exchange)) return answerOptions(reply);
  return forward(exchange, reply, route, runtime);
}

function forward(exchange: Exchange, reply: Reply, route: RoutePlan, runtime: Runtime): Abortable {
  const pool = runtime.pools.get(route.pool)!;
  const { via } = runtime.forwarding;
  const { upgrade } = exchange;
  const prepared = prepareHeaders(exchange, route, runtime.forwarding);
  exchange.pool = route.pool;
  return pool.forward(exchange, reply, {
    target: rewritePath(route, exchange.target.path) + exchange.target.query,
    host: hostFor(exchange, route),
    headers: prepared.headers,
    fixed: prepared.fixed,
    upgrade: upgrade !== undefined && route.upgrade.includes(upgrade) ? upgrade : undefined,
    onResponse: via ? addOwnVia : keep,
  });
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
  if (at < 0 || !/^\d{1,9}$/.test(headers.values[at]!)) return false;
  const left = Number(headers.values[at]);
  if (left > 0) headers.values[at] = String(left - 1);
  return left === 0;
}

function answerOptions(reply: Reply): undefined {
  reply.respond({ status: 204, reason: '', headers: new Headers(), body: undefined, announcedLength: undefined });
}

function addOwnVia(headers: Headers): void {
  const before = headers.getAll('Via').join(', ');
  headers.remove('Via');
  addVia(headers, before, 'HTTP/1.1');
}

function keep(): void {
  // The usual answer goes on as the server sent it.
}
