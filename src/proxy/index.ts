/** The data plane's door: what the control plane may use of it. */
export type {
  AccessLogFormat,
  AccessLogPlan,
  ClientTimeouts,
  ConnectionLimits,
  ForwardingPlan,
  HostHeader,
  HostMatch,
  IdleConnectionLimits,
  ListenAddress,
  ListenerPlan,
  PathMatch,
  Plan,
  PoolPlan,
  RotationPlan,
  RoutePlan,
  ServerPlan,
  ServerTimeouts,
} from './plan.ts';
export type { BoundListener, DataPlane, DataPlaneStatus, NameUpdate } from './data-plane.ts';
export { createDataPlane, type DataPlaneEnv } from './thread.ts';
export { defaultMask } from './access-log/mask.ts';
