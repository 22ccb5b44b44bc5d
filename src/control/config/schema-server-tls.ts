import { z } from 'zod';

import type { ServerTlsConfig } from './config.ts';
import { readHostName } from './host-name.ts';
import { flag, readFilePath, text } from './leaf.ts';
import { bad, good, type Reading } from './reading.ts';
import { certificate, version } from './schema-tls.ts';

/** SHA-256 is 32 bytes: 43 characters of base64, of which the last has two bits that are 0, and a `=`. */
const sha256 = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;

function readPin(value: string): Reading<string> {
  const pin = /^sha256\/(.*)$/s.exec(value)?.[1];
  if (pin !== undefined && sha256.test(pin)) return good(pin);
  const bare = value.replace(/^(sha256)?[:/]*/i, '');
  const remedy =
    'write sha256/ and the 44 characters that openssl x509 -pubkey -noout -in <file> | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64 gives';
  return bad('it is not the SHA-256 of a public key', remedy, sha256.test(bare) ? `sha256/${bare}` : undefined);
}

const file = text(readFilePath, { description: 'A PEM file', examples: ['certs/company-ca.pem'] });

const files: z.ZodType<readonly string[]> = z
  .union([file, z.array(file).min(1).max(100)])
  .transform((value) => (Array.isArray(value) ? value : [value]));

/** The key `tls` of a pool, and of a route that leads to a URL. */
export const serverTlsSchema: z.ZodType<ServerTlsConfig> = z.strictObject({
  verify: flag(
    'Certificates of servers must be valid, from a known authority, and for the name of the server. `false`: whoever answers is believed, unless `pins` say which key it must have',
    false,
  ).default(true),
  ca: files.optional().meta({
    description:
      'PEM file, or a list of them, with the authorities that certificates of servers may come from, or with such a certificate itself where it is self-signed. It takes the place of the authorities of the system, which count unless it is set',
    examples: ['certs/company-ca.pem', ['certs/old-ca.pem', 'certs/new-ca.pem']],
  }),
  serverName: text(readHostName, {
    description:
      'Name that is asked for (SNI) and that the certificate must be for; the host of the URL of the server, unless set',
    examples: ['app.internal'],
  }).optional(),
  certificate: certificate.optional().meta({
    description:
      'What is shown to servers that ask for a certificate: one PEM file with certificate, chain and key, or the files by name',
    examples: ['certs/client.pem', { cert: 'certs/client.pem', key: 'certs/client.key' }, { pfx: 'certs/client.pfx' }],
  }),
  pins: z
    .array(
      text(readPin, {
        description: 'A public key: `sha256/` and the SHA-256 of its SubjectPublicKeyInfo in base64',
        examples: ['sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='],
      }),
    )
    .max(100)
    .default([])
    .meta({
      description:
        'Public keys of which the server must have one, besides all else that is checked. Write that of the next certificate too before it is used',
      examples: [['sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=']],
    }),
  minVersion: version('Oldest version of TLS that is spoken to servers', '1.2').prefault('1.2'),
});
