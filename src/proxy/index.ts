/** The data plane's door: what the control plane may use of it. */
export type {
  AccessLogFormat,
  AccessLogPlan,
  ClientTimeouts,
  Condition,
  ConnectionLimits,
  Disabled,
  FeaturePlan,
  HostHeader,
  HostMatch,
  Http2ListenerPlan,
  ListenAddress,
  ListenerPlan,
  PathMatch,
  OtlpPlan,
  Plan,
  PlanParts,
  RotationPlan,
  RoutePlan,
  RouteTimeouts,
  TextMatch,
  TracePlan,
  TranslatePlan,
  TransportPlan,
  TunnelPlan,
} from './plan.ts';
export type { CertificateMaterial, CertificatePlan, ListenerTlsPlan, TlsVersion } from './tls-plan.ts';
export type {
  IdleConnectionLimits,
  PoolPlan,
  ProtocolPlan,
  ServerPlan,
  ServerTimeouts,
  ServerTlsPlan,
} from './pool-plan.ts';
export type {
  ApplyOptions,
  BoundListener,
  DataPlane,
  DataPlaneStatus,
  DrainOptions,
  ListeningSocket,
  NameUpdate,
  StatusOptions,
} from './data-plane.ts';
export type { TlsSecrets, TlsStaple } from './tls-secrets.ts';
export { sumHandshakes } from './pool-status.ts';
export type {
  AgentPlan,
  ChecksPlan,
  ExpectedAnswer,
  ExpectedText,
  GrpcCheckPlan,
  HealthPlan,
  HttpCheckPlan,
  LoadPlan,
  OtherPlace,
  ScriptCheckPlan,
} from './checks-plan.ts';
export {
  importances,
  plainCapacity,
  plainLimits,
  type CapacityPlan,
  type Importance,
  type QueuePlan,
  type ServerLimits,
} from './capacity-plan.ts';
export type { DataEvent, StreakKind, TellEvent } from './data-event.ts';
export {
  poolBreaker,
  serverBreaker,
  type BreakerPlan,
  type FailurePercentagePlan,
  type LatencyPlan,
  type OutliersPlan,
  type PassivePlan,
  type SuccessRatePlan,
} from './passive-plan.ts';
export { writeBreaker } from './upstream/passive/breaker-word.ts';
export { inPanic } from './upstream/usable-servers.ts';
export { longestStreak } from './upstream/passive/streaks.ts';
export type { ShedPlan } from './shed/shed-plan.ts';
export { createDataPlane } from './thread.ts';
export { dial, type DialedSocket, type DialTarget } from './upstream/dial.ts';
export { dialTls, TlsPeer } from './upstream/dial-tls.ts';
export { brokenOff } from './upstream/tls-failure.ts';
export { SecureContexts } from './upstream/secure-contexts.ts';
export { allocateShared, beginPlace, endPlace, type SharedMemory, type SharedPlace } from './thread-memory.ts';
export type { BalancePlan, HashSource } from './balance-plan.ts';
export {
  plainRetries,
  retryReasons,
  retryStops,
  type PoolRetryPlan,
  type RetryPlan,
  type RetryReason,
} from './retry-plan.ts';
export { rowNames, type PoolRows } from './pool-rows.ts';
export { SplitField, splitsOf, writeWeight, type SplitRows } from './split-rows.ts';
export { boundedTunnels, TunnelField, type TunnelRows } from './tunnel-rows.ts';
export type { SplitPart, SplitPlan, SplitStickyPlan } from './split-plan.ts';
export type { BondCookiePlan, BondTimes, StickyPlan } from './sticky-plan.ts';
export { newBondSecret } from './bond-env.ts';
export {
  PoolField,
  ServerField,
  tellWaiting,
  writeLimits,
  writeState,
  type HealthState,
  type OperatorState,
  type ServerState,
} from './server-state.ts';
export type { LoopDelay } from './loop-watch.ts';
export {
  countedRows,
  countingPools,
  countingRoutes,
  grpcFields,
  grpcRow,
  joinCounted,
  otherRow,
  processFields,
  retryFields,
  retryRow,
  routeRow,
  serverRow,
  timeBounds,
  trafficFields,
  waitRow,
  type CountedPools,
  type CountedRoutes,
  type CountedRows,
  type RowNames,
} from './metrics/counter-fields.ts';
export type { TracedExchange } from './tracing/traced-exchange.ts';
export { attributesOf } from './tracing/span-json.ts';
export type { Explanation, RequestToExplain } from './explain.ts';
export { Router } from './match/router.ts';
export type { CounterMemory } from './metrics/traffic-counters.ts';
export { memoryLimit } from './memory-watch.ts';
export { defaultServerTls, plainProtocol } from './pool-plan.ts';
export { plainHttp2, plainRoute } from './plan.ts';
export { checkRegex, compileRegex } from './linear-regex.ts';
export { stages, type FeatureName, type Stage } from './middleware/stages.ts';
export type { BasicAuthConfig } from './middleware/basic-auth/basic-auth.ts';
export type { PasswordHash } from './middleware/basic-auth/verify-password.ts';
export type { BodyLimitConfig } from './middleware/body-limit/body-limit.ts';
export type { BufferConfig } from './middleware/buffer/buffer.ts';
export type { ErrorPagesConfig } from './middleware/error-pages/error-pages.ts';
export type { AddressSwitchPlan } from './middleware/ip-filter/address-switch.ts';
export type { IpFilterConfig } from './middleware/ip-filter/ip-filter.ts';
export { defaultMask } from './access-log/mask.ts';
export type { CorsConfig } from './middleware/cors/cors.ts';
export type { FieldEditsConfig } from './middleware/headers/field-edits.ts';
export { isFromModule, type Functions } from './middleware/module/load-modules.ts';
export type { ModuleConfig } from './middleware/module/module-config.ts';
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
} from './middleware/module/middleware.ts';
export type { HeadersConfig } from './middleware/headers/headers.ts';
export type { RedirectConfig } from './middleware/redirect/redirect.ts';
export type { RespondConfig } from './middleware/respond/respond.ts';
export type { QueryEditsConfig } from './middleware/rewrite/query-edits.ts';
export type { RewriteConfig } from './middleware/rewrite/rewrite.ts';
export type { TargetTemplate } from './middleware/rewrite/target-template.ts';
export type { SecurityHeadersConfig } from './middleware/security-headers/security-headers.ts';
export { variableNames, type Template, type TemplatePart, type VariableName } from './middleware/template.ts';
export { toBytes } from './middleware/url-text.ts';

// For tests of the control plane.
/** @internal */
export { plainPool, plainServer } from './pool-plan.ts';
/** @internal */
export { readBreaker } from './upstream/passive/breaker-word.ts';
/** @internal */
export { readState } from './server-state.ts';
