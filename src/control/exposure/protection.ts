import type { Condition, FeaturePlan, RoutePlan } from '../../proxy/index.ts';
import { conditionText } from './condition-text.ts';

/** What stands between the clients of a listener and a route. */
export interface Protection {
  /** True: everyone who reaches the listener gets through. */
  readonly open: boolean;
  /** What keeps some clients out. */
  readonly keepsOut: readonly string[];
  /** What bounds or hardens the traffic of those who are let in. */
  readonly hardens: readonly string[];
}

/** @param plain the listener speaks plain HTTP. */
export function protectionOf(route: RoutePlan, plain: boolean): Protection {
  const keepsOut = [...byTransport(route, plain), ...byCondition(route.when)];
  const hardens: string[] = [];
  for (const feature of route.middleware) {
    const guard = guardText(feature);
    if (guard !== undefined) keepsOut.push(guard);
    const hardening = hardeningText(feature);
    if (hardening !== undefined) hardens.push(hardening);
  }
  if (!plain && route.transport.hsts !== undefined) hardens.push('HSTS');
  return { open: keepsOut.length === 0, keepsOut, hardens };
}

function byTransport({ transport }: RoutePlan, plain: boolean): string[] {
  if (plain && transport.https === 'redirect') return ['redirects to https'];
  if (plain && transport.https === 'only') return ['refused: https only'];
  if (transport.clientCertificate !== 'require') return [];
  return [plain ? 'refused: needs a client certificate' : 'client certificate'];
}

/** Who may come by an address is said by `when` too; what else it asks for, anyone can send. */
function byCondition(when: Condition | undefined): string[] {
  return when === undefined ? [] : required(when).map(conditionText);
}

function required(condition: Condition): readonly Condition[] {
  switch (condition.kind) {
    case 'address':
      return [condition];
    case 'tls':
      return condition.what === 'clientSubject' ? [condition] : [];
    case 'not':
      return condition.of.kind === 'address' ? [condition] : [];
    case 'all':
      return condition.of.flatMap(required);
    case 'any':
      return condition.of.every((each) => required(each).length > 0) ? [condition] : [];
    default:
      return [];
  }
}

/** A list of who is let in keeps all others out; a list of who is not leaves a door open for the rest of the world. */
function guardText({ name, config }: FeaturePlan): string | undefined {
  if (name === 'basic-auth') return 'password';
  return name === 'ip-filter' && valueOf(config, 'others') === false ? 'only listed addresses' : undefined;
}

function hardeningText({ name, config }: FeaturePlan): string | undefined {
  if (name === 'ip-filter') return valueOf(config, 'others') === false ? undefined : 'listed addresses refused';
  if (name === 'body-limit') return `bodies to ${sizeText(valueOf(config, 'max'))}`;
  if (name === 'security-headers') return 'security headers';
  return name === 'cors' ? 'CORS' : undefined;
}

/** Features' configs are theirs: what is not there as expected is left out. */
function valueOf(config: unknown, key: string): unknown {
  return typeof config === 'object' && config !== null ? Reflect.get(config, key) : undefined;
}

function sizeText(bytes: unknown): string {
  if (typeof bytes !== 'number') return 'a limit';
  if (bytes >= 1_000_000) return `${Math.round(bytes / 100_000) / 10} MB`;
  return bytes >= 1000 ? `${Math.round(bytes / 100) / 10} kB` : `${bytes} B`;
}
