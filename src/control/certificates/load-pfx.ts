import type { X509Certificate } from 'node:crypto';
import { duplexPair } from 'node:stream';
import { connect, createSecureContext, TLSSocket, type SecureContext } from 'node:tls';

import { messageOf } from '../message-of.ts';
import { warnOfMode } from './load-pem.ts';
import { mostCertificates } from './judge-chain.ts';
import { opensslWords, type Words } from './openssl-words.ts';
import type { FileReport, NamedFile } from './report.ts';
import { lowestSecurity } from './tls-presets.ts';

/** What a PFX file holds; its key stays in it. */
export interface PfxContent {
  readonly bytes: Buffer;
  readonly chain: readonly X509Certificate[];
}

/** Ciphers for any key, however weak: that is judged later. */
const ciphers = `DEFAULT:${lowestSecurity}`;

/** In memory it takes a few ms. */
const handshakeMs = 5000;

/** Undefined: it cannot be read; reported. */
export async function readPfx(
  file: NamedFile,
  passphrase: string,
  report: FileReport,
): Promise<PfxContent | undefined> {
  const found = report.read(file);
  if (found === undefined) return undefined;
  const { bytes } = found;
  warnOfMode(file, found, report);
  const opened = openPfx(bytes, passphrase);
  if ('why' in opened) {
    report.refuse(file, opened.why, opened.remedy);
    return undefined;
  }
  try {
    return { bytes, chain: await shownChain(opened.context) };
  } catch (error) {
    const { why, remedy } = opensslWords(error);
    report.refuse(file, `no handshake is possible with what is in it: ${why}`, remedy);
    return undefined;
  }
}

function openPfx(bytes: Buffer, passphrase: string): { readonly context: SecureContext } | Words {
  try {
    return { context: createSecureContext({ pfx: bytes, passphrase, ciphers }) };
  } catch (error) {
    return pfxWords(error, bytes, passphrase);
  }
}

function pfxWords(error: unknown, bytes: Buffer, passphrase: string): Words {
  const message = messageOf(error);
  if (/mac verify/i.test(message)) {
    const why = passphrase === '' ? 'it is encrypted, and there is no passphrase' : 'the passphrase does not open it';
    return { why, remedy: 'write passphrase: ${file:...} with the file that holds the right one' };
  }
  if (/unsupported/i.test(message)) {
    const remedy =
      'write it anew with openssl pkcs12 -legacy -in <file> -nodes | openssl pkcs12 -export -out <new file>';
    return { why: 'it is encrypted in an old way (RC2 or 3DES), which OpenSSL 3 does not read', remedy };
  }
  if (/private key/i.test(message))
    return { why: 'there is no private key in it', remedy: 'export it with its private key' };
  if (/certificate/i.test(message))
    return { why: 'there is no certificate of the key in it', remedy: 'export the certificate with its key' };
  if (bytes.includes('-----BEGIN ')) return { why: 'it is PEM, not PFX', remedy: 'write cert: in place of pfx:' };
  return { why: 'it is no PFX (PKCS#12) file', remedy: 'name a file that ends in .pfx or .p12' };
}

/** The certificate and its chain, as a client gets to see them: Node reads a PFX file only to use it. */
async function shownChain(secureContext: SecureContext): Promise<readonly X509Certificate[]> {
  const [here, there] = duplexPair();
  const server = new TLSSocket(here, { isServer: true, secureContext });
  // No one but this process is at the other end, and what it shows is judged afterwards.
  const client = connect({ socket: there, rejectUnauthorized: false, ciphers });
  const { promise, resolve, reject } = Promise.withResolvers<readonly X509Certificate[]>();
  const timer = setTimeout(() => reject(new Error('no certificate was shown')), handshakeMs);
  server.on('error', reject);
  client.on('error', reject);
  client.on('secureConnect', () => resolve(chainFrom(client.getPeerX509Certificate())));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    client.destroy();
    server.destroy();
  }
}

function chainFrom(leaf: X509Certificate | undefined): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  for (let each = leaf; each !== undefined && chain.length < mostCertificates; each = each.issuerCertificate) {
    if (chain.some((other) => other.fingerprint256 === each.fingerprint256)) break;
    chain.push(each);
  }
  if (chain.length === 0) throw new Error('there is no certificate');
  return chain;
}
