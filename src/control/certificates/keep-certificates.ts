import type { CertificatePlan, ListenerPlan } from '../../proxy/index.ts';
import { byName } from '../config/compile.ts';
import type { LoadedConfig } from '../config/load-result.ts';
import type { Lost } from './tls-parts.ts';

/**
 * The next config, where certificates that it cannot use are those in force: each as it was, and where a listener would have
 * none at all, all that it had. What listeners are closed for is open then. The same object, where there is nothing to keep.
 */
export function keepCertificates(next: LoadedConfig, before: LoadedConfig): LoadedConfig {
  const { tls, closed = [] } = next;
  if (tls?.lost === undefined) return next;
  const kept = [...next.plan.listeners, ...closed].map((listener) => keepIn(listener, tls.lost!, before));
  if (kept.every(({ lost }) => lost.every((each) => !each.kept))) return next;
  const all = kept.map(({ listener }) => listener);
  const open = all.filter((each) => each.tls?.certificates.length !== 0).toSorted(byName);
  const stillClosed = all.filter((each) => !open.includes(each));
  const { closed: _before, ...rest } = next;
  return {
    ...rest,
    plan: { ...next.plan, listeners: open },
    tls: { ...tls, lost: kept.flatMap(({ lost }) => lost), certificates: factsOf(open, next, before) },
    ...(stillClosed.length > 0 && { closed: stillClosed }),
  };
}

interface Kept {
  readonly listener: ListenerPlan;
  readonly lost: readonly Lost[];
}

function keepIn(listener: ListenerPlan, all: readonly Lost[], before: LoadedConfig): Kept {
  const lost = all.filter((each) => each.listener === listener.name);
  const old = before.plan.listeners.find(({ name }) => name === listener.name)?.tls?.certificates ?? [];
  if (lost.length === 0 || listener.tls === undefined || old.length === 0) return { listener, lost };
  const found = new Map(lost.map((each) => [each.at, onlyOne(old, each.name)]));
  const certificates = inOrder(listener.tls.certificates, found);
  if (certificates.length === 0) {
    return { listener: withThese(listener, old), lost: lost.map((each) => ({ ...each, kept: true })) };
  }
  return {
    listener: withThese(listener, certificates),
    lost: lost.map((each) => ({ ...each, kept: found.get(each.at) !== undefined })),
  };
}

/** Two of one name (both may be `***`) cannot be told apart. */
function onlyOne(certificates: readonly CertificatePlan[], name: string): CertificatePlan | undefined {
  const [first, second] = certificates.filter((each) => each.name === name);
  return second === undefined ? first : undefined;
}

/** @param found by its index in the config; undefined: nothing takes that place. */
function inOrder(
  usable: readonly CertificatePlan[],
  found: ReadonlyMap<number, CertificatePlan | undefined>,
): readonly CertificatePlan[] {
  const rest = [...usable];
  const order = Array.from({ length: usable.length + found.size }, (_, at) =>
    found.has(at) ? found.get(at) : rest.shift(),
  );
  return order.filter((each) => each !== undefined);
}

function withThese(listener: ListenerPlan, certificates: readonly CertificatePlan[]): ListenerPlan {
  return { ...listener, tls: { ...listener.tls!, certificates } };
}

/** Of all certificates that are in use, in their order. */
function factsOf(
  listeners: readonly ListenerPlan[],
  ...from: readonly LoadedConfig[]
): NonNullable<LoadedConfig['tls']>['certificates'] {
  const known = from.flatMap(({ tls }) => tls?.certificates ?? []);
  return listeners.flatMap(({ name, tls }) =>
    (tls?.certificates ?? []).flatMap(
      ({ fingerprint }) => known.find((each) => each.listener === name && each.fingerprint === fingerprint) ?? [],
    ),
  );
}
