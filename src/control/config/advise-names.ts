import { isIP } from 'node:net';

import type { RoutePlan } from '../../proxy/index.ts';
import type { HostAnswer, HostLookup } from '../names/host-lookup.ts';
import type { ConfigPath } from './config-problem.ts';
import { sayForSome } from './say-for-some.ts';
import type { Problems } from './source.ts';

/** All questions together, in ms: whoever calls for a check waits for it. */
const totalMs = 5000;

const atOnce = 20;

/** RFC 6761: never asked for in DNS. */
const local = /(^|\.)localhost$/;

interface Asked {
  readonly host: string;
  readonly path: ConfigPath;
  readonly answer: HostAnswer | undefined;
}

/**
 * Asks DNS where the hosts of the routes lead, and warns of those that do not lead to this machine. Names that stand several
 * times are asked for once. Takes 5 s at most: what was not answered until then is said to be unknown.
 */
export async function adviseNames(routes: readonly RoutePlan[], problems: Problems, lookup: HostLookup): Promise<void> {
  const asked = await askAll(namesOf(routes, problems), lookup);
  const own = new Set(lookup.ownAddresses());
  const elsewhere = asked.filter(
    ({ answer }) => answer?.kind === 'addresses' && !answer.addresses.some((each) => own.has(each)),
  );
  sayForSome(elsewhere, problems, ({ host, path, answer }) => ({
    path,
    message: `The host ${problems.show(path, host)} leads to ${where(answer, problems.isSecret(path))}, which is no address of this machine`,
    remedy: 'fine if a router or load balancer there forwards to it, otherwise correct the DNS record',
  }));
  const absent = asked.filter(({ answer }) => answer?.kind === 'absent');
  sayForSome(absent, problems, ({ host, path }) => ({
    path,
    message: `The host ${problems.show(path, host)} has no address in DNS: nobody finds it by this name`,
    remedy: 'add a DNS record that leads to this machine, or correct the name',
  }));
  const unknown = asked.filter(({ answer }) => answer === undefined || answer.kind === 'unknown');
  sayForSome(unknown, problems, ({ host, path, answer }) => ({
    path,
    message: `It is not known where the host ${problems.show(path, host)} leads: ${answer?.kind === 'unknown' ? answer.why : 'there was no time left to ask'}`,
    remedy: 'ask again, or from a machine with DNS',
  }));
}

function namesOf(routes: readonly RoutePlan[], problems: Problems): ReadonlyMap<string, ConfigPath> {
  const names = new Map<string, ConfigPath>();
  for (const [index, { hosts }] of routes.entries()) {
    for (const [i, host] of hosts.entries()) {
      if (host.kind !== 'exact' || names.has(host.host) || isIP(host.host) !== 0 || local.test(host.host)) continue;
      names.set(host.host, problems.itemPath(['routes', index, 'host'], i));
    }
  }
  return names;
}

/** Twenty at once, for 5 s at most; without an answer: there was no time left. */
export async function askAll(names: ReadonlyMap<string, ConfigPath>, lookup: HostLookup): Promise<Asked[]> {
  const answers = new Map<string, HostAnswer>();
  const waiting = names.keys();
  let over = false;
  const timer = setTimeout(() => {
    over = true;
    lookup.close();
  }, totalMs);
  const work = async (): Promise<void> => {
    for (const host of waiting) {
      if (over) return;
      // oxlint-disable-next-line no-await-in-loop -- as many at once as there are workers
      answers.set(host, await lookup.lookup(host));
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, work));
  } finally {
    clearTimeout(timer);
  }
  return [...names].map(([host, path]) => ({ host, path, answer: answers.get(host) }));
}

function where(answer: HostAnswer | undefined, secret: boolean): string {
  if (secret || answer?.kind !== 'addresses') return 'an address';
  const { addresses } = answer;
  const more = addresses.length > 3 ? ` and ${addresses.length - 3} others` : '';
  return addresses.slice(0, 3).join(', ') + more;
}
