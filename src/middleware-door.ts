/**
 * What `import 'postern'` is in a data thread: all that middleware of one's own needs, and none of what takes time to load. While a
 * thread imports, its traffic waits.
 */
export { defineMiddleware } from './define-middleware.ts';
export { defineConfig } from './define-config.ts';
export { ProxyError } from './core/errors.ts';
