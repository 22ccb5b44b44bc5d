/** The data plane's door: what the control plane may use of it. */
export type {
  AccessLogFormat,
  AccessLogPlan,
  ClientTimeouts,
  ConnectionLimits,
  HostHeader,
  HostMatch,
  IdleConnectionLimits,
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
export { createDataPlane } from './thread.ts';
export { defaultMask } from './access-log/mask.ts';
