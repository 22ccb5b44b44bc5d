import { z } from 'zod';

import type { TlsVersion } from '../../proxy/index.ts';
import { isGroup, knownCiphers, usualGroups } from '../certificates/cipher-names.ts';
import type { CertificateConfig, ListenerTlsConfig } from './config.ts';
import { duration, flag, readFilePath, text } from './leaf.ts';
import { nearest } from './nearest.ts';
import { bad, good, type Reading } from './reading.ts';
import { joinTls } from './schema-tls-join.ts';
import { readTlsVersion } from './tls-version.ts';

function readCipher(value: string): Reading<string> {
  const known = knownCiphers();
  if (known.includes(value.toUpperCase())) return good(value.toUpperCase());
  const what = 'it is no cipher that OpenSSL can use with a certificate';
  return bad(what, 'write a name as OpenSSL has it (openssl ciphers -s)', nearest(value, known));
}

function readGroup(value: string): Reading<string> {
  if (/^[\w.-]{1,40}$/.test(value) && isGroup(value)) return good(value);
  const what = 'it is no group that OpenSSL can exchange keys over';
  return bad(what, 'write for example X25519 or P-256', nearest(value, usualGroups));
}

function filePath(description: string, example: string): z.ZodType<string, string> {
  return text(readFilePath, { description, examples: [example] });
}

const passphrase = z.string().meta({
  description: 'What the key or the PFX file is encrypted with; better not written here but put in by `${file:...}`',
  examples: ['${file:/etc/postern/secrets/key}'],
});

const certificateFiles: z.ZodType<CertificateConfig> = z
  .strictObject({
    cert: filePath('PEM file with the certificate, and the rest of the chain after it', 'certs/www.pem').optional(),
    key: filePath('PEM file with the private key; unless set, it is in `cert`', 'certs/www.key').optional(),
    chain: filePath('PEM file with the rest of the chain, unless it is in `cert`', 'certs/chain.pem').optional(),
    pfx: filePath('PFX (PKCS#12) file with all of it, in place of the others', 'certs/www.pfx').optional(),
    passphrase: passphrase.optional(),
  })
  .transform((files, context) => {
    const { cert, key, chain, pfx } = files;
    const refuse = (path: string[], message: string, remedy: string): void =>
      context.addIssue({ code: 'custom', path, message, params: { remedy } });
    if (pfx !== undefined) {
      const other = Object.entries({ cert, key, chain }).find(([, value]) => value !== undefined)?.[0];
      if (other === undefined) return { kind: 'pfx' as const, pfx, passphrase: files.passphrase };
      refuse([other], 'the certificate comes from the PFX file, which has all of it', `leave out ${other} or pfx`);
      return z.NEVER;
    }
    if (cert !== undefined) return { kind: 'pem' as const, cert, key, chain, passphrase: files.passphrase };
    refuse([], 'it names no certificate', 'add cert: or pfx: with the path of a file');
    return z.NEVER;
  });

const oneFile: z.ZodType<CertificateConfig> = filePath('A PEM file', 'certs/www.pem').transform((cert) => ({
  kind: 'pem' as const,
  cert,
  key: undefined,
  chain: undefined,
  passphrase: undefined,
}));

/** A certificate with its key: one file, or several. */
export const certificate: z.ZodType<CertificateConfig> = z.union([oneFile, certificateFiles]);

const certificates: z.ZodType<readonly CertificateConfig[]> = z
  // The list first: of two that fit equally well, messages speak of the first.
  .union([z.array(certificate).min(1).max(1000), certificate])
  .transform((value) => (Array.isArray(value) ? value : [value]))
  .meta({
    description:
      'The certificate, or a list of them. A path is one PEM file with the certificate, its chain and its key. The name that a client asks for chooses among them; the first is for clients that ask for none',
    examples: ['certs/www.pem', [{ cert: 'certs/www.pem', key: 'certs/www.key' }, { pfx: 'certs/shop.pfx' }]],
  });

export const version = (description: string, example: string): z.ZodType<TlsVersion, string> =>
  text(readTlsVersion, { description, examples: [example], pattern: String.raw`^1\.[0-3]$|\$\{` });

const ciphers = z
  .array(text(readCipher, { description: 'A cipher', examples: ['TLS_AES_128_GCM_SHA256'] }))
  .min(1)
  .meta({
    description:
      'OpenSSL names of the ciphers, best first, in place of those of the preset. Every version that is allowed must have one: those of TLS 1.3 begin with `TLS_`',
    examples: [['TLS_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256']],
  });

const groups = z
  .array(text(readGroup, { description: 'A group', examples: ['X25519'] }))
  .min(1)
  .meta({
    description: 'Groups for the key exchange, best first, in place of those of the preset',
    examples: [['X25519MLKEM768', 'X25519', 'P-256']],
  });

const clientCertificates = z
  .strictObject({
    ca: filePath('PEM file with the authorities that certificates of clients must come from', 'certs/clients.pem'),
    crls: z
      .array(filePath('A revocation list, PEM or DER', 'certs/clients.crl'))
      .max(100)
      .default([])
      .meta({
        description:
          'Revocation lists. With any, there must be one of each authority between a client and its root, or its certificates are refused',
        examples: [['certs/clients.crl']],
      }),
  })
  .describe(
    'Clients are asked for a certificate, and may come without: a route says with `clientCertificate` whether it needs one',
  );

/** The key `tls` of a listener. */
export const tlsSchema: z.ZodType<ListenerTlsConfig> = z
  .strictObject({
    certificates,
    preset: z
      .enum(['modern', 'intermediate', 'old'])
      .default('intermediate')
      .meta({
        description:
          'Versions, ciphers and groups: `modern` is TLS 1.3 alone, `intermediate` also 1.2, `old` also 1.1 and 1.0 with ciphers that are weak by today (Mozilla’s guideline 5.7)',
        examples: ['modern'],
      }),
    minVersion: version('Oldest version of TLS, in place of that of the preset', '1.2').optional(),
    maxVersion: version('Newest version of TLS, in place of that of the preset', '1.3').optional(),
    ciphers: ciphers.optional(),
    groups: groups.optional(),
    unknownName: z
      .enum(['default', 'refuse'])
      .default('default')
      .meta({
        description:
          'A client that asks for a name which no certificate is for: `default` gives it the first certificate, `refuse` ends the handshake with an alert',
        examples: ['refuse'],
      }),
    clientCertificates: clientCertificates.optional(),
    handshakeTimeout: duration('From the connection to the end of the handshake', '5s', {
      min: '100ms',
      max: '5m',
    }).prefault('10s'),
    ocspStapling: flag(
      'Asks the authorities for the state of the certificates (OCSP) and sends their answers along',
      true,
    ).default(false),
  })
  .transform(joinTls);
