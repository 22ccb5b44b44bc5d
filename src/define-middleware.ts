import type { Middleware, MiddlewareDefinition } from './proxy/index.ts';

/**
 * Gives back what it gets: it is there so that editors complete and check middleware of one's own, in the file that a config names
 * as `module`.
 *
 * ```ts
 * import { defineMiddleware } from 'postern';
 *
 * export default defineMiddleware({
 *   create({ members }) {
 *     const known = new Set(members as string[]);
 *     return async (exchange, next) => (known.has(exchange.user) ? await next() : { status: 403 });
 *   },
 * });
 * ```
 */
export function defineMiddleware(middleware: Middleware): Middleware;
export function defineMiddleware(definition: MiddlewareDefinition): MiddlewareDefinition;
export function defineMiddleware(given: Middleware | MiddlewareDefinition): Middleware | MiddlewareDefinition {
  return given;
}
