import { isIP } from 'node:net';

import { z } from 'zod';

import type { ServerConfig } from './config.ts';
import { count, flag, text } from './leaf.ts';
import { serverLimitKeys } from './schema-capacity.ts';
import { readServer, type NamedServer } from './read-server.ts';

/** Servers that are only used while too few others are. */
const backupGroup = 1;

const url = text(readServer, {
  description:
    'URL of a server: `http://host:port`, `https://host:port` (spoken to by TLS, as `tls` says), `h2c://host:port` (`http://` with HTTP/2) or `unix:/path/of.sock`, without a path; or `srv+http://name` (`srv+https://`): the servers that the SRV records of the name say, with their ports, weights and priorities',
  examples: [
    'http://10.0.0.5:8080',
    'https://app.internal',
    'http://[fd00::5]:8080',
    'h2c://10.0.0.5:50051',
    'unix:/run/app.sock',
    'srv+http://_http._tcp.app.internal',
  ],
});

const plain = url.transform((address) => ({ ...address, weight: 1, group: 0 }));

const map = z
  .strictObject({
    url,
    weight: count('Its share beside the others; `0`: it gets no new requests', 2, [0, 256]).default(1),
    backup: flag('It is only used while too few other servers are usable, as `activateBelow` says', true).default(
      false,
    ),
    group: count(
      'Group of servers that are used together, `0` first; `backup: true` is the same as `1`',
      2,
      [0, 15],
    ).optional(),
    ...serverLimitKeys,
    resolve: z
      .literal('all')
      .optional()
      .meta({
        description:
          '`all`: each address of the host is a server of its own, and the addresses are looked up again when DNS says that they have run out. Unless set, the host is one server, whatever addresses it has',
        examples: ['all'],
      }),
  })
  .refine(({ backup, group }) => !backup || group === undefined || group === backupGroup, {
    path: ['group'],
    message: `it says backup, which is group ${backupGroup}`,
    params: { remedy: 'leave one of the two out' },
  })
  .refine((server) => server.resolve === undefined || isName(server.url), {
    path: ['resolve'],
    message: 'only the name of a host can have several addresses',
    params: { remedy: 'leave it out' },
  })
  .transform(({ url: address, weight, backup, group, maxRequests, maxConnections, resolve }) => ({
    ...address,
    weight,
    maxRequests,
    maxConnections,
    group: group ?? (backup ? backupGroup : 0),
    ...(resolve && { resolve: 'addresses' as const }),
  }));

/** DNS may say several addresses of it. */
function isName({ address, resolve }: NamedServer): boolean {
  return address.kind === 'tcp' && resolve === undefined && isIP(address.host) === 0;
}

/** One server of a pool. */
export const serverSchema: z.ZodType<ServerConfig> = z.union([plain, map]).meta({
  description: 'A server: its URL, or a map with the key `url`',
  examples: ['http://10.0.0.5:8080', { url: 'http://10.0.0.6:8080', weight: 2 }],
});
