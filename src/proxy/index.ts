/** The data plane's door: what the control plane may use of it. */
export type {
  AccessLogFormat,
  AccessLogPlan,
  ClientTimeouts,
  CertificateMaterial,
  CertificatePlan,
  Condition,
  ConnectionLimits,
  FeaturePlan,
  HostHeader,
  HostMatch,
  IdleConnectionLimits,
  ListenAddress,
  ListenerPlan,
  ListenerTlsPlan,
  PathMatch,
  Plan,
  PoolPlan,
  RotationPlan,
  RoutePlan,
  RouteTimeouts,
  ServerPlan,
  ServerTimeouts,
  ServerTlsPlan,
  TextMatch,
  TlsVersion,
  TranslatePlan,
  TransportPlan,
} from './plan.ts';
export type {
  ApplyOptions,
  BoundListener,
  DataPlane,
  DataPlaneStatus,
  DrainOptions,
  ListeningSocket,
  NameUpdate,
} from './data-plane.ts';
export type { TlsSecrets, TlsStaple } from './tls-secrets.ts';
export { sumHandshakes } from './pool-status.ts';
export { createDataPlane } from './thread.ts';
export { allocateShared, beginPlace, endPlace, type SharedMemory, type SharedPlace } from './thread-memory.ts';
export type { LoopDelay } from './loop-watch.ts';
export {
  countedRows,
  otherRow,
  processFields,
  routeRow,
  serverRow,
  timeBounds,
  trafficFields,
  type CountedRows,
} from './metrics/counter-fields.ts';
export type { Explanation } from './explain.ts';
export { Router } from './match/router.ts';
export type { CounterMemory } from './metrics/traffic-counters.ts';
export { memoryLimit } from './memory-watch.ts';
export { defaultServerTls, plainRoute } from './plan.ts';
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
export type { HeadersConfig } from './middleware/headers/headers.ts';
export type { RedirectConfig } from './middleware/redirect/redirect.ts';
export type { RespondConfig } from './middleware/respond/respond.ts';
export type { QueryEditsConfig } from './middleware/rewrite/query-edits.ts';
export type { RewriteConfig } from './middleware/rewrite/rewrite.ts';
export type { TargetTemplate } from './middleware/rewrite/target-template.ts';
export type { SecurityHeadersConfig } from './middleware/security-headers/security-headers.ts';
export { variableNames, type Template, type TemplatePart, type VariableName } from './middleware/template.ts';
export { toBytes } from './middleware/url-text.ts';
