import { needing } from './peers/needing.ts';
import { issue, makeCa, tlsPlan, type Issued, type TestCa } from './certificates.ts';
import type { PlanSpec } from './plan-of.ts';
import type { World } from './proxy-test.ts';
import type { ProxyUnderTest } from './proxy-under-test.ts';
import { echo, serve } from './raw-server.ts';
import { folderOfFile } from './tls-clients.ts';

/** The certificates of a file's tests; there once its tests begin. */
export interface TlsSite {
  ca: TestCa;
  /** For `a.test`. */
  a: Issued;
  /** For `a.test` too, with an RSA key. */
  aRsa: Issued;
  /** For `*.wild.test` and `wild.test`. */
  wild: Issued;
}

export function tlsSite(): TlsSite {
  const folder = folderOfFile();
  const site: Partial<TlsSite> = {};
  needing('openssl').before(async () => {
    const ca = await makeCa(folder);
    const [a, aRsa, wild] = await Promise.all([
      issue(ca, { names: ['a.test'] }),
      issue(ca, { names: ['a.test'], key: 'rsa' }),
      issue(ca, { names: ['*.wild.test', 'wild.test'] }),
    ]);
    Object.assign(site, { ca, a, aRsa, wild });
  });
  return site as TlsSite;
}

/** A proxy with the certificates for `a.test` and `wild.test`, before a server that answers with what it was asked. */
export async function tlsProxy(world: World, site: TlsSite, spec: PlanSpec = {}): Promise<ProxyUnderTest> {
  const { proxy } = await world.proxyTo(serve(echo), { tls: tlsPlan([site.a, site.wild]), ...spec });
  return proxy;
}
