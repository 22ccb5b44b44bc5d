import type { CertificatePlan, ListenerTlsPlan } from '../../proxy/index.ts';
import type { ConfigFiles } from '../config/config-files.ts';
import type { Problems } from '../config/source.ts';
import { responderOf, validityOf, type CertificateFacts, type OcspQuestion } from './certificate-facts.ts';
import { shownSubject } from './certificate-names.ts';
import type { JudgeEnv } from './judge-certificate.ts';
import { KnownRoots } from './known-roots.ts';
import { loadCertificate, type FileOf, type LoadedCertificate } from './load-certificate.ts';
import { clientFilesOf, loadClientAuthorities } from './load-client-authorities.ts';
import { FileReport, type NamedFile } from './report.ts';
import type { TlsSource, TlsSources } from './tls-sources.ts';

/** What came of the files. */
export interface TlsParts {
  /** By listener; one is missing where something of it cannot be used. */
  readonly plans: ReadonlyMap<string, ListenerTlsPlan>;
  readonly certificates: readonly CertificateFacts[];
}

export interface TlsLoadEnv {
  readonly files: ConfigFiles;
  readonly problems: Problems;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Reads and judges all files of all listeners. What is wrong or doubtful goes to `problems`. */
export async function loadTls(sources: TlsSources, { files, problems, now }: TlsLoadEnv): Promise<TlsParts> {
  const env: JudgeEnv = { report: new FileReport(files, problems), roots: new KnownRoots(), now };
  const plans = new Map<string, ListenerTlsPlan>();
  const certificates: CertificateFacts[] = [];
  for (const source of sources.listeners) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other: problems come in the order of the file
    const listener = await loadListener(source, env);
    if (listener === undefined) continue;
    plans.set(source.listener, listener.plan);
    certificates.push(...listener.certificates);
  }
  return { plans, certificates };
}

async function loadListener(
  source: TlsSource,
  env: JudgeEnv,
): Promise<{ readonly plan: ListenerTlsPlan; readonly certificates: readonly CertificateFacts[] } | undefined> {
  const { config } = source;
  const loaded: (LoadedCertificate | undefined)[] = [];
  for (const [i, certificate] of config.certificates.entries()) {
    // oxlint-disable-next-line no-await-in-loop -- as above; each is a pause for whatever else this thread does
    loaded.push(await loadCertificate(certificate, fileOfPlace(source, i), config, env));
  }
  const clients = clientsOf(source, env);
  if (!loaded.every((each) => each !== undefined) || clients === 'bad') return undefined;
  warnOfRepeats(source, loaded, env);
  const { unknownName, minVersion, maxVersion, ciphers, groups, handshakeTimeout } = config;
  const plan: ListenerTlsPlan = {
    certificates: loaded.map((each) => each.plan),
    unknownName,
    minVersion,
    maxVersion,
    ciphers,
    groups,
    clientCertificates: clients,
    handshakeMs: handshakeTimeout,
  };
  return { plan, certificates: loaded.map((each, i) => factsOf(each, i, source, env)) };
}

function clientsOf({ listener, config }: TlsSource, env: JudgeEnv): ListenerTlsPlan['clientCertificates'] | 'bad' {
  if (config.clientCertificates === undefined) return undefined;
  const files = clientFilesOf(config.clientCertificates, ['listeners', listener, 'tls', 'clientCertificates']);
  return loadClientAuthorities(files, env.report, env.now) ?? 'bad';
}

const words = {
  cert: 'the certificate',
  key: 'the key',
  chain: 'the chain',
  pfx: 'the PFX file',
} as const;

function fileOfPlace({ places }: TlsSource, index: number): FileOf {
  const { path, isMap } = places[index]!;
  return (part, name) => ({ name, path: isMap ? [...path, part] : path, what: words[part] });
}

function fileOfCertificate(source: TlsSource, index: number): NamedFile {
  const config = source.config.certificates[index]!;
  const fileOf = fileOfPlace(source, index);
  return config.kind === 'pfx' ? fileOf('pfx', config.pfx) : fileOf('cert', config.cert);
}

function warnOfRepeats(source: TlsSource, loaded: readonly LoadedCertificate[], { report }: JudgeEnv): void {
  const seen = new Map<string, CertificatePlan>();
  for (const [i, { plan }] of loaded.entries()) {
    const before = seen.get(plan.fingerprint);
    seen.set(plan.fingerprint, plan);
    if (before === undefined) continue;
    const what = 'is on this listener twice';
    report.warn(fileOfCertificate(source, i), what, 'leave one of them out');
  }
}

function factsOf(
  { plan, chain }: LoadedCertificate,
  index: number,
  source: TlsSource,
  env: JudgeEnv,
): CertificateFacts {
  const leaf = chain[0]!;
  const { name, names, fingerprint } = plan;
  const { listener, config } = source;
  const ocsp = config.ocspStapling ? ocspOf(chain, fileOfCertificate(source, index), env) : undefined;
  return {
    listener,
    name,
    names,
    issuer: shownSubject(leaf.issuer).slice(1, -1),
    ...validityOf(leaf),
    fingerprint,
    ocsp,
  };
}

function ocspOf(
  [leaf, issuer]: LoadedCertificate['chain'],
  file: NamedFile,
  { report }: JudgeEnv,
): OcspQuestion | undefined {
  const url = responderOf(leaf!);
  if (url === undefined)
    report.warn(file, 'names no OCSP responder: nothing is sent along with it', 'leave ocspStapling out');
  else if (issuer === undefined)
    report.warn(
      file,
      'has no chain, so its state cannot be asked for: nothing is sent along with it',
      'put the certificate of the authority behind it',
    );
  return url === undefined || issuer === undefined
    ? undefined
    : { url, certificate: String(leaf), issuer: String(issuer) };
}
