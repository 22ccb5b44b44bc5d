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
export type { BoundListener, DataPlane, DataPlaneStatus, NameUpdate } from './data-plane.ts';
export { createDataPlane } from './thread.ts';
export { defaultServerTls, plainRoute } from './plan.ts';
export { stages, type FeatureName, type Stage } from './middleware/stages.ts';
export { defaultMask } from './access-log/mask.ts';
