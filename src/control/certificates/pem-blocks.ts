/** One `-----BEGIN ...-----` to its end. */
export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`, `X509 CRL`. */
  readonly label: string;
  /** With its first and last line, ended by a line feed. */
  readonly text: string;
}

export interface PemBlocks {
  readonly blocks: readonly PemBlock[];
  /** Label of a block that has no end; undefined: each has one. */
  readonly cut: string | undefined;
}

const begin = '-----BEGIN ';
const dashes = '-----';

/** The blocks of a PEM file (RFC 7468), in order. What stands between them says nothing. Never throws. */
export function pemBlocks(text: string): PemBlocks {
  const blocks: PemBlock[] = [];
  for (let at = text.indexOf(begin); at >= 0; at = text.indexOf(begin, at)) {
    const labelEnd = text.indexOf(dashes, at + begin.length);
    const label = labelEnd < 0 ? '' : text.slice(at + begin.length, labelEnd);
    const last = `-----END ${label}-----`;
    const end = labelEnd < 0 ? -1 : text.indexOf(last, labelEnd);
    const next = text.indexOf(begin, at + begin.length);
    if (end < 0 || (next >= 0 && next < end)) return { blocks, cut: label.slice(0, 40) };
    const whole = text.slice(at, end + last.length).replaceAll('\r\n', '\n');
    blocks.push({ label, text: `${whole}\n` });
    at = end + last.length;
  }
  return { blocks, cut: undefined };
}

export function isCertificate({ label }: PemBlock): boolean {
  return label === 'CERTIFICATE' || label === 'TRUSTED CERTIFICATE' || label === 'X509 CERTIFICATE';
}

export function isPrivateKey({ label }: PemBlock): boolean {
  return label.endsWith('PRIVATE KEY');
}

export function isRevocationList({ label }: PemBlock): boolean {
  return label === 'X509 CRL';
}

/** PKCS#8 says so in the label, the older forms in a line below it. */
export function isEncrypted({ label, text }: PemBlock): boolean {
  return label === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type:.*ENCRYPTED/m.test(text.slice(0, 300));
}

/** What a file is, where it holds no block that was looked for. */
export function kindOfFile(bytes: Buffer, { blocks, cut }: PemBlocks): string {
  if (cut !== undefined) return `the PEM block "${cut}" in it has no end`;
  const first = blocks[0];
  if (first !== undefined) return `there is only ${nameOf(first)} in it`;
  if (bytes.length === 0) return 'it is empty';
  // A DER file of any kind is one SEQUENCE.
  if (bytes[0] === 0x30 && bytes.length > 2 && bytes[1]! >= 0x80) return 'it is DER (binary), not PEM';
  return 'there is no PEM block in it';
}

function nameOf(block: PemBlock): string {
  if (isCertificate(block)) return 'a certificate';
  if (isPrivateKey(block)) return 'a private key';
  if (isRevocationList(block)) return 'a revocation list';
  if (block.label.endsWith('CERTIFICATE REQUEST')) return 'a request for a certificate (CSR)';
  if (block.label.endsWith('PUBLIC KEY')) return 'a public key';
  return `"${block.label.replace(/[^\w .-]/g, '?').slice(0, 40)}"`;
}
