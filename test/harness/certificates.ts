import { execFile } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import type { CertificatePlan, ListenerTlsPlan } from '../../src/proxy/tls-plan.ts';

const run = promisify(execFile);

/** Runs the `openssl` command in a folder. */
export async function openssl(folder: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('openssl', args, { cwd: folder });
  return stdout;
}

export type KeyKind = 'ec' | 'rsa';

/** A certificate with its key, as PEM and as files of the folder that it was made in. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
  /** Without those of the authorities, also in `certFile`. */
  readonly certFile: string;
  readonly keyFile: string;
  /** The certificate, then those of the authorities between it and the root; also in `chainFile`. */
  readonly chain: string;
  readonly chainFile: string;
  /** Subject, `CN=...`. */
  readonly commonName: string;
  /** Host names and IP addresses that it is for. */
  readonly names: readonly string[];
  /** SHA-256 of the certificate, lower-case hex. */
  readonly fingerprint: string;
}

/** An authority of a test. Its database for revocations lies in the folder. */
export interface TestCa extends Issued {
  readonly folder: string;
  /** PEM of the authorities that its certificates have behind them: itself and those above, without the root. */
  readonly above: string;
}

export interface IssueOptions {
  /** Host names and IP addresses; the first is the common name where there is no other. */
  readonly names?: readonly string[];
  readonly commonName?: string;
  /** A whole subject such as `/O=Example/CN=client`, instead of the common name. */
  readonly subject?: string;
  /** Valid for so long from now; negative: it ran out so long ago. Default 30. */
  readonly days?: number;
  /** Default `ec`. */
  readonly key?: KeyKind;
  /** Of an RSA key; default 2048. */
  readonly bits?: number;
  /** Default: for servers and clients. */
  readonly use?: 'server' | 'client' | 'both';
  /** It is an authority that may issue others itself. */
  readonly authority?: boolean;
  /** An extension more, such as `1.3.6.1.5.5.7.1.24=DER:30:03:02:01:05`. */
  readonly extensions?: readonly string[];
}

let serial = 0;

/** A root authority with an EC key. Its files are `<name>.crt` and `<name>.key` in the folder. */
export async function makeCa(folder: string, name = 'ca'): Promise<TestCa> {
  const keyFile = await newKey(folder, name, 'ec', 0);
  const certFile = path.join(folder, `${name}.crt`);
  await openssl(
    folder,
    ...['req', '-x509', '-new', '-key', keyFile, '-out', certFile, '-days', '365', '-subj', `/CN=Test ${name}`],
    ...['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
  );
  return { ...(await issued(certFile, keyFile, '', [])), folder, above: '' };
}

/** A certificate of this authority. Files are named `<common name>-<number>`. */
export async function issue(ca: TestCa, options: IssueOptions = {}): Promise<Issued> {
  const names = options.names ?? [];
  const commonName = options.commonName ?? names[0] ?? 'nobody';
  const { folder } = ca;
  const base = `${commonName.replaceAll(/[^\w.-]/g, '_')}-${++serial}`;
  const keyFile = await newKey(folder, base, options.key ?? 'ec', options.bits ?? 2048);
  const file = (end: string): string => path.join(folder, `${base}.${end}`);
  await writeFile(file('ext'), extensionsOf(options, names));
  await openssl(
    folder,
    ...['req', '-utf8', '-new', '-key', keyFile, '-out', file('csr'), '-subj', options.subject ?? `/CN=${commonName}`],
  );
  await sign(ca, options.days ?? 30, file);
  return issued(file('crt'), keyFile, ca.above, names);
}

/** An authority between a root and its certificates: what it issues has it in its chain. */
export async function issueCa(ca: TestCa, commonName: string): Promise<TestCa> {
  const made = await issue(ca, { commonName, authority: true });
  return { ...made, folder: ca.folder, above: made.chain };
}

/** A PEM revocation list of the authority with these certificates on it. */
export async function makeCrl(ca: TestCa, revoked: readonly Issued[], days = 30): Promise<string> {
  const base = `crl-${++serial}`;
  const file = (end: string): string => path.join(ca.folder, `${base}.${end}`);
  await writeFile(file('db'), '');
  await writeFile(file('number'), '1000\n');
  const config = `[ca]\ndefault_ca=it\n[it]\ndatabase=${file('db')}\ncrlnumber=${file('number')}\ndefault_md=sha256\n`;
  await writeFile(file('cnf'), config);
  const by = ['-config', file('cnf'), '-cert', ca.certFile, '-keyfile', ca.keyFile];
  for (const { certFile } of revoked) await openssl(ca.folder, 'ca', ...by, '-revoke', certFile);
  await openssl(ca.folder, 'ca', ...by, '-gencrl', '-crldays', String(days), '-out', file('pem'));
  return readFile(file('pem'), 'utf8');
}

/** PKCS#12 of a certificate with its key and chain; returns the path of the file. */
export async function makePfx(folder: string, from: Issued, passphrase: string): Promise<string> {
  const out = `${from.certFile}.pfx`;
  await openssl(
    folder,
    ...[
      'pkcs12',
      '-export',
      '-out',
      out,
      '-inkey',
      from.keyFile,
      '-in',
      from.chainFile,
      '-passout',
      `pass:${passphrase}`,
    ],
  );
  return out;
}

/** A certificate as a plan has it. */
export function certificatePlan(from: Issued, name: string = path.basename(from.certFile)): CertificatePlan {
  return {
    name,
    material: { kind: 'pem', chain: from.chain, key: from.key },
    names: from.names,
    fingerprint: from.fingerprint,
  };
}

/** TLS of a listener with these certificates, and all else as a config without a word about it would have it. */
export function tlsPlan(certificates: readonly Issued[], more: Partial<ListenerTlsPlan> = {}): ListenerTlsPlan {
  return {
    certificates: certificates.map((from) => certificatePlan(from)),
    unknownName: 'default',
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    ciphers: [
      'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256',
      'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384',
    ].join(':'),
    groups: 'X25519:P-256:P-384',
    clientCertificates: undefined,
    handshakeMs: 10_000,
    ...more,
  };
}

async function newKey(folder: string, base: string, kind: KeyKind, bits: number): Promise<string> {
  const file = path.join(folder, `${base}.key`);
  const how =
    kind === 'ec'
      ? ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256']
      : ['-algorithm', 'RSA', '-pkeyopt', `rsa_keygen_bits:${bits}`];
  await openssl(folder, 'genpkey', ...how, '-out', file);
  return file;
}

function extensionsOf(options: IssueOptions, names: readonly string[]): string {
  const lines = [...(options.extensions ?? [])];
  if (options.authority === true)
    lines.push('basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign');
  else lines.push('basicConstraints=CA:FALSE', `extendedKeyUsage=${uses[options.use ?? 'both']}`);
  if (names.length > 0) {
    lines.push(`subjectAltName=${names.map((name) => `${/^[\d.]+$|:/.test(name) ? 'IP' : 'DNS'}:${name}`).join(',')}`);
  }
  lines.push('subjectKeyIdentifier=hash', 'authorityKeyIdentifier=keyid');
  return `${lines.join('\n')}\n`;
}

const uses = { server: 'serverAuth', client: 'clientAuth', both: 'serverAuth,clientAuth' } as const;

const dayMs = 86_400_000;

/** From `csr` and `ext` to `crt`. Only `openssl ca` can write a time that has gone by, on OpenSSL 3.0. */
async function sign(ca: TestCa, days: number, file: (end: string) => string): Promise<void> {
  const common = ['-in', file('csr'), '-out', file('crt'), '-extfile', file('ext')];
  if (days >= 0) {
    const by = ['-CA', ca.certFile, '-CAkey', ca.keyFile, '-set_serial', `0x${nextSerial()}`, '-days', String(days)];
    return void (await openssl(ca.folder, 'x509', '-req', ...common, ...by));
  }
  const at = (ms: number): string => new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  const from = at(Date.now() + (days - 30) * dayMs);
  await writeFile(file('db'), '');
  await writeFile(file('number'), `${nextSerial()}\n`);
  await writeFile(
    file('cnf'),
    `[ca]\ndefault_ca=it\n[it]\ndatabase=${file('db')}\nserial=${file('number')}\nnew_certs_dir=${ca.folder}\n` +
      'default_md=sha256\npolicy=any\nunique_subject=no\n[any]\ncommonName=optional\norganizationName=optional\n',
  );
  const by = [
    '-cert',
    ca.certFile,
    '-keyfile',
    ca.keyFile,
    '-startdate',
    from,
    '-enddate',
    at(Date.now() + days * dayMs),
  ];
  await openssl(ca.folder, 'ca', '-batch', '-notext', '-config', file('cnf'), ...by, ...common);
}

/** Unlike those of any test before, so that a revocation list means one certificate. */
function nextSerial(): string {
  return (BigInt(Date.now()) * 100_000n + BigInt(process.pid % 1000) * 100n + BigInt(++serial))
    .toString(16)
    .padStart(16, '0');
}

async function issued(certFile: string, keyFile: string, above: string, names: readonly string[]): Promise<Issued> {
  const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
  const chainFile = certFile.replace(/crt$/, 'chain.crt');
  const chain = `${cert}${above}`;
  await writeFile(chainFile, chain);
  const x509 = new X509Certificate(cert);
  const commonName = /^CN=(.*)$/m.exec(x509.subject)?.[1] ?? '';
  const fingerprint = createHash('sha256').update(x509.raw).digest('hex');
  return { cert, key, certFile, keyFile, chain, chainFile, commonName, names, fingerprint };
}
