import type { ListenerTlsPlan } from '../../proxy/index.ts';
import type { CertificateFacts } from './certificate-facts.ts';

/** What came of the files of all listeners. */
export interface TlsParts {
  readonly listeners: readonly TlsPart[];
  readonly certificates: readonly CertificateFacts[];
}

/** What came of the files of one listener. */
export interface TlsPart {
  readonly listener: string;
  /** Of all that could be used, maybe without any certificate. */
  readonly plan: ListenerTlsPlan;
  /** Certificates that cannot be used, in the order of the config. */
  readonly lost: readonly LostCertificate[];
  /** Certificates of its clients cannot be judged, so nobody is asked for one. */
  readonly clientsLost: boolean;
}

export interface LostCertificate {
  /** Its index in the config. */
  readonly at: number;
  /** As it is called in a plan. */
  readonly name: string;
  readonly reason: string;
}

/** A certificate of a listener that cannot be used as it is now. */
export interface Lost extends LostCertificate {
  readonly listener: string;
  /** The one before it, or another of the same listener, stays in use. */
  readonly kept: boolean;
}

export type TlsPlans = ReadonlyMap<string, ListenerTlsPlan>;

/** Of every listener that has TLS, by its name. */
export function tlsPlans({ listeners }: TlsParts): TlsPlans {
  return new Map(listeners.map(({ listener, plan }) => [listener, plan]));
}

/** Of those of which nothing is missing. */
export function wholeTls({ listeners }: TlsParts): TlsPlans {
  const whole = listeners.filter(({ lost, clientsLost }) => lost.length === 0 && !clientsLost);
  return new Map(whole.map(({ listener, plan }) => [listener, plan]));
}
