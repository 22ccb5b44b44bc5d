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
import type { LostCertificate, TlsPart, TlsParts } from './tls-parts.ts';
import type { TlsSource, TlsSources } from './tls-sources.ts';

export interface TlsLoadEnv {
  readonly files: ConfigFiles;
  readonly problems: Problems;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Reads and judges all files of all listeners. What is wrong or doubtful goes to `problems`. */
export async function loadTls(sources: TlsSources, { files, problems, now }: TlsLoadEnv): Promise<TlsParts> {
  const env: JudgeEnv = { report: new FileReport(files, problems), roots: new KnownRoots(), now };
  const listeners: TlsPart[] = [];
  const certificates: CertificateFacts[] = [];
  for (const source of sources.listeners) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other: problems come in the order of the file
    const loaded = await loadListener(source, env, problems);
    listeners.push(loaded.part);
    certificates.push(...loaded.certificates);
  }
  return { listeners, certificates };
}

async function loadListener(
  source: TlsSource,
  env: JudgeEnv,
  problems: Problems,
): Promise<{ readonly part: TlsPart; readonly certificates: readonly CertificateFacts[] }> {
  const { listener, config } = source;
  const loaded: (LoadedCertificate | undefined)[] = [];
  const lost: LostCertificate[] = [];
  for (const [at, certificate] of config.certificates.entries()) {
    const known = problems.lacks.length;
    // oxlint-disable-next-line no-await-in-loop -- as above; each is a pause for whatever else this thread does
    const found = await loadCertificate(certificate, fileOfPlace(source, at), config, env);
    loaded.push(found);
    if (found !== undefined) continue;
    const name = env.report.show(fileOfCertificate(source, at)).slice(1, -1);
    lost.push({ at, name, reason: problems.lacks[known]?.message ?? 'Cannot use it' });
  }
  const clients = clientsOf(source, env);
  warnOfRepeats(source, loaded, env);
  const { unknownName, minVersion, maxVersion, ciphers, groups, handshakeTimeout } = config;
  const plan: ListenerTlsPlan = {
    certificates: loaded.flatMap((each) => (each === undefined ? [] : [each.plan])),
    unknownName,
    minVersion,
    maxVersion,
    ciphers,
    groups,
    clientCertificates: clients === 'bad' ? undefined : clients,
    handshakeMs: handshakeTimeout,
  };
  const certificates = loaded.flatMap((each, i) => (each === undefined ? [] : [factsOf(each, i, source, env)]));
  return { part: { listener, plan, lost, clientsLost: clients === 'bad' }, certificates };
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

function warnOfRepeats(
  source: TlsSource,
  loaded: readonly (LoadedCertificate | undefined)[],
  { report }: JudgeEnv,
): void {
  const seen = new Map<string, CertificatePlan>();
  for (const [i, each] of loaded.entries()) {
    if (each === undefined) continue;
    const { plan } = each;
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
