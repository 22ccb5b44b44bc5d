import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { BasicAuthConfig, BufferConfig, FeaturePlan, Plan } from '../../src/proxy/index.ts';
import { issue, makeCa, tlsPlan, type Issued, type TestCa } from '../harness/certificates.ts';
import { freePort } from '../harness/free-port.ts';
import { loopback, type Place, type PlanSpec, type PoolSpec } from '../harness/plan-of.ts';
import { FullBacklog } from './full-backlog.ts';
import { ProxyApart } from './proxy-apart.ts';
import { hasty, LedServer, Site } from './site.ts';

/** Of a real clock, where it is waited for: connecting and handshakes know no other. */
const hastyMs = 300;

/** All that draw it together wait long enough for whoever ends it. */
const longPause = { baseMs: 3_600_000, maxMs: 3_600_000 };

/** Of the listener for clients that do no handshake. */
const handshakeMs = 1500;

/** Something to be ended, with the site that lives on it. */
export interface BuiltSite {
  readonly site: Site;
  readonly stop: () => Promise<void>;
}

/** @param secure by TLS on both sides. */
export async function buildSite(secure: boolean): Promise<BuiltSite> {
  const folder = await mkdtemp(path.join(tmpdir(), 'postern-aborts-'));
  const ca = secure ? await makeCa(folder) : undefined;
  const certificate = ca && (await issue(ca, { names: ['a.test'] }));
  const [server, silent, full] = await Promise.all([
    LedServer.start(certificate),
    LedServer.start(),
    FullBacklog.start(),
  ]);
  const nobody: Place = { kind: 'tcp', host: '127.0.0.1', port: await freePort() };
  const pools = poolsOf({ server, silent, full, nobody }, ca);
  const proxy = await ProxyApart.start({ pools, routes: routes(folder), ...listening(certificate) }, withHaste);
  const stop = async (): Promise<void> => {
    try {
      await proxy.stop();
    } finally {
      server.stop();
      silent.stop();
      await full.stop();
      await rm(folder, { recursive: true });
    }
  };
  return { site: new Site(proxy, { server, silent }, secure), stop };
}

interface Places {
  readonly server: LedServer;
  readonly silent: LedServer;
  readonly full: FullBacklog;
  readonly nobody: Place;
}

function poolsOf({ server, silent, full, nobody }: Places, ca: TestCa | undefined): Record<string, PoolSpec> {
  const [long, short] = [{ connectMs: 60_000 }, { connectMs: hastyMs }];
  const pools: Record<string, PoolSpec> = {
    main: { servers: [server], ...(ca && { secure: true, tls: { ca: ca.cert, serverName: 'a.test' } }) },
    nobody: { servers: [nobody] },
    full: { servers: [full], timeouts: long },
    'full-hasty': { servers: [full], timeouts: short },
    silent: { servers: [silent], secure: true, timeouts: long },
    'silent-hasty': { servers: [silent], secure: true, timeouts: short },
  };
  // What ends an attempt is to end the exchange, but for the last pool, which waits for another attempt. Each exchange has a
  // connection of its own: who would share one waits for the first.
  for (const [name, pool] of Object.entries(pools))
    pools[name] = { ...pool, retries: { attempts: 0 }, protocol: { version: 'http1' } };
  return { ...pools, pause: { servers: [nobody], timeouts: long, retries: { backOff: longPause } } };
}

function listening(certificate: Issued | undefined): Pick<PlanSpec, 'listeners' | 'tls'> {
  return certificate ? { listeners: { main: loopback, [hasty]: loopback }, tls: tlsPlan([certificate]) } : {};
}

function withHaste(plan: Plan): Plan {
  const listeners = plan.listeners.map((each) =>
    each.name === hasty && each.tls ? { ...each, tls: { ...each.tls, handshakeMs } } : each,
  );
  return { ...plan, listeners };
}

function routes(folder: string): NonNullable<PlanSpec['routes']> {
  const pools = ['nobody', 'full', 'full-hasty', 'silent', 'silent-hasty', 'pause'];
  return [
    {},
    ...pools.map((pool) => ({ path: `/${pool}/`, pool })),
    { path: '/buffer/', more: { middleware: [buffer(folder)] } },
    { path: '/auth/', more: { middleware: [basicAuth] } },
  ];
}

function buffer(folder: string): FeaturePlan {
  const side = { memory: 16_384, disk: 50_000_000 };
  const config: BufferConfig = { request: side, response: side, total: 2_000_000_000, path: folder };
  return { name: 'buffer', config };
}

/** alice:wonder, a tenth of a second of work; never remembered. */
const wonder = '$2y$04$W6x775llsNkKcORis.Jwx.BKaK8Z9LPra9S1.ufDbGYejZlbrqslK';

const basicAuth: FeaturePlan = {
  name: 'basic-auth',
  config: {
    realm: 'Intranet',
    users: [{ name: 'alice', hash: { kind: 'bcrypt', text: wonder } }],
    header: 'X-Authenticated-User',
    forwardAuthorization: false,
    cacheMs: 0,
  } satisfies BasicAuthConfig,
};
