import { Field } from '../../core/field-names.ts';
import type { Headers } from '../../core/headers.ts';
import type { Exchange } from '../exchange.ts';
import type { RoutePlan } from '../plan.ts';

/**
 * What a server is told of the client's certificate, where the route asks for it and the certificate is valid: RFC 9440
 * `Client-Cert`, and its parts in fields that need no parser. Whatever a client says in these fields is never passed on.
 */
export function addCertificate(out: Headers, { client }: Exchange, { transport }: RoutePlan): void {
  if (transport.clientCertificate === 'ignore') return;
  const certificate = client.tls?.clientCertificate;
  if (certificate?.valid !== true) return;
  out.add('Client-Cert', `:${certificate.der}:`, Field.ClientCert);
  out.add('X-Client-Cert-Subject', inAscii(certificate.subject), Field.XClientCertSubject);
  out.add('X-Client-Cert-Issuer', inAscii(certificate.issuer), Field.XClientCertIssuer);
  out.add('X-Client-Cert-Serial', certificate.serial, Field.XClientCertSerial);
  out.add('X-Client-Cert-Fingerprint', certificate.fingerprint, Field.XClientCertFingerprint);
}

/** A name as RFC 4514 section 2.4 may also write it: each byte that is no ASCII as a backslash and two hex digits. */
function inAscii(name: string): string {
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return escaped(name);
  }
  return name;
}

function escaped(name: string): string {
  let text = '';
  for (const byte of Buffer.from(name)) {
    text +=
      byte < 0x20 || byte > 0x7e ? `\\${byte.toString(16).toUpperCase().padStart(2, '0')}` : String.fromCharCode(byte);
  }
  return text;
}
