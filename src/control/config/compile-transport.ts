import type { TransportPlan } from '../../proxy/index.ts';
import type { Config, ListenerConfig, RouteConfig } from './config.ts';

const usualPort = 443;

/** What a route asks of the way by which clients come. */
export function transportPlan(route: RouteConfig, config: Config): TransportPlan {
  const { https, hsts, clientCertificate } = route;
  return { https, httpsPort: https === 'redirect' ? httpsPort(route, config) : usualPort, hsts, clientCertificate };
}

/** The port of the first listener with TLS that the route is reachable through. */
function httpsPort({ listeners }: RouteConfig, config: Config): number {
  const usable = Object.entries(config.listeners).filter(
    ([name]) => listeners === undefined || listeners.includes(name),
  );
  const found = usable.find(([, listener]) => speaksTls(listener));
  const any = found ?? Object.entries(config.listeners).find(([, listener]) => speaksTls(listener));
  const address = any?.[1].address;
  return address?.kind === 'tcp' && address.port !== 0 ? address.port : usualPort;
}

function speaksTls(listener: ListenerConfig): boolean {
  return listener.tls !== undefined;
}
