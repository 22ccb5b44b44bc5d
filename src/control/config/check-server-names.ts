import type { Plan } from '../../proxy/index.ts';
import type { HostLookup } from '../names/host-lookup.ts';
import type { HostsFile } from '../names/hosts-file.ts';
import { namesIn } from '../names/plan-names.ts';
import { askAll } from './advise-names.ts';
import type { ConfigPath } from './config-problem.ts';
import type { Problems } from './source.ts';

/** Where names of servers are looked for, in this order. */
export interface NamePlaces {
  readonly hosts: Pick<HostsFile, 'lookup' | 'refresh'>;
  readonly lookup: HostLookup;
}

/**
 * Asks where the servers are that the plan knows by name. One that is nowhere is an error: nothing reaches it, and a route that
 * leads to no other refuses everything. Takes 5 s at most.
 */
export async function checkServerNames(plan: Plan, problems: Problems, places: NamePlaces): Promise<void> {
  // Without the file DNS is asked for all of them; that it cannot be read is said at the start.
  await places.hosts.refresh().catch(() => false);
  const names = namesIn(plan).filter((name) => !isKnown(name, places));
  const asked = await askAll(new Map(names.map((name) => [name, pathOf(name, plan, problems)])), places.lookup);
  for (const { host, path, answer } of asked) {
    if (answer?.kind === 'addresses') continue;
    const shown = problems.isSecret(path) ? 'this server' : `the server ${JSON.stringify(host)}`;
    if (answer?.kind === 'absent') {
      const message = `Cannot reach ${shown}: its name has no address, in the hosts file or in DNS`;
      problems.add({ path, message, remedy: 'correct the name, or add a record', outside: true });
    } else {
      const message = `It is not known where ${shown} is: ${answer?.why ?? 'there was no time left to ask'}`;
      problems.add({ path, message, remedy: 'ask again, or from a machine with DNS', severity: 'warning' });
    }
  }
}

function isKnown(name: string, { hosts }: NamePlaces): boolean {
  const plain = name.toLowerCase().replace(/\.$/, '');
  return plain === 'localhost' || plain.endsWith('.localhost') || hosts.lookup(plain) !== undefined;
}

/** Of the first server with this name; a pool that stands for a URL has no place of its own. */
function pathOf(name: string, { pools, routes }: Plan, problems: Problems): ConfigPath {
  for (const pool of pools) {
    const at = pool.servers.findIndex(({ address }) => address.kind === 'tcp' && address.host === name);
    if (at < 0) continue;
    const path = ['pools', pool.name, 'servers', at];
    if (!problems.isMissing(path)) return path;
    return ['routes', routes.findIndex((route) => route.pool === pool.name), 'to'];
  }
  return [];
}
