import type { TlsVersion } from '../../proxy/index.ts';
import type { Judged } from './judged.ts';
import type { ConfigPath } from './config-problem.ts';

/** RFC 8996 took these out of use. */
const old: ReadonlySet<TlsVersion> = new Set(['TLSv1', 'TLSv1.1']);

/** Old versions of TLS, on either side. */
export function adviseTlsVersions({ plan, problems }: Judged): void {
  const add = (of: ConfigPath, message: string): void => {
    const key = ['minVersion', 'preset'].find((each) => !problems.isMissing([...of, each])) ?? 'minVersion';
    const remedy = 'use minVersion: "1.2" or preset: intermediate, unless something old can speak nothing else';
    problems.add({ path: [...of, key], message, remedy, severity: 'warning' });
  };
  for (const { name, tls } of plan.listeners) {
    if (tls === undefined || !old.has(tls.minVersion)) continue;
    add(
      ['listeners', name, 'tls'],
      `The listener "${name}" speaks ${words(tls.minVersion)}, which is not safe any more`,
    );
  }
  for (const { name, tls } of plan.pools) {
    if (!old.has(tls.minVersion)) continue;
    add(['pools', name, 'tls'], `The pool "${name}" speaks ${words(tls.minVersion)}, which is not safe any more`);
  }
}

function words(version: TlsVersion): string {
  return version === 'TLSv1' ? 'TLS 1.0' : 'TLS 1.1';
}
