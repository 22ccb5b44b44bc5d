import type { BoundListener, Plan } from '../../proxy/index.ts';

/**
 * The plan with each port 0 replaced by the port that it became, so that a thread that takes another's place listens
 * where clients already know it.
 */
export function pinPorts(plan: Plan, bound: readonly BoundListener[]): Plan {
  const listeners = plan.listeners.map((listener) => {
    if (listener.address.kind !== 'tcp' || listener.address.port !== 0) return listener;
    const port = portOf(bound.find(({ name }) => name === listener.name));
    return port === undefined ? listener : { ...listener, address: { ...listener.address, port } };
  });
  return { ...plan, listeners };
}

function portOf(bound: BoundListener | undefined): number | undefined {
  if (bound === undefined) return undefined;
  const port = Number(bound.address.slice(bound.address.lastIndexOf(':') + 1));
  return Number.isInteger(port) && port > 0 ? port : undefined;
}
