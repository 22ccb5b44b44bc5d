/** The library's door: all that is public, by hand. */
export { startPostern, type PosternOptions } from './server.ts';
export type { RunningPostern } from './control/running-postern.ts';
export type { Phase, PosternStatus, ReloadProblem, ReloadResult } from './control/controlled.ts';
export { createProxy, type CreateProxyOptions, type Proxy, type ProxyConfig } from './create-proxy.ts';
export type { Explained, Question } from './control/explain/explain-config.ts';
export type { BoundListener } from './proxy/index.ts';
export { defineMiddleware } from './define-middleware.ts';
export type { ConfigWithFunctions, RouteWithFunctions } from './own-functions.ts';
export type {
  BodyLike,
  FieldsLike,
  Middleware,
  MiddlewareDefinition,
  MiddlewareEnv,
  MiddlewareResult,
  Next,
  ReadOptions,
  ResponseLike,
  UserBody,
  UserExchange,
  UserHeaders,
  UserResponse,
} from './proxy/index.ts';
export { defineConfig, type ConfigEnv, type MakeConfig } from './define-config.ts';
export type { ConfigInput } from './config-input.ts';
export { ConfigRefused } from './control/config-refused.ts';
export { loadConfig } from './control/config/load-config.ts';
export type { ConfigProblem } from './control/config/config-problem.ts';
export type { LoadedConfig, LoadEnv, LoadResult } from './control/config/load-result.ts';
export { ProxyError, type ErrorCode } from './core/errors.ts';
export type { Logger, LogFields } from './core/log.ts';
export { version } from './version.ts';
