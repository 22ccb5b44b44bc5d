import { isDeepStrictEqual } from 'node:util';

import { plainProtocol, type ProtocolPlan } from '../../proxy/index.ts';
import type { ProtocolConfig } from './config.ts';
import type { ServerAddress } from './server-url.ts';

/** Which protocol servers are spoken to by; undefined: as is usual. `h2c://` says it where the config does not. */
export function protocolPlan(
  given: ProtocolConfig | undefined,
  servers: readonly Pick<ServerAddress, 'http2'>[],
): ProtocolPlan | undefined {
  const usual = servers.some(({ http2 }) => http2) ? 'http2' : plainProtocol.version;
  const plan = { ...plainProtocol, ...given, version: given?.version ?? usual };
  return isDeepStrictEqual(plan, plainProtocol) ? undefined : plan;
}
