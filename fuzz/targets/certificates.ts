import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';

import { readDer, readDerList } from '../../src/control/certificates/der.ts';
import { pemBlocks } from '../../src/control/certificates/pem-blocks.ts';
import { readRevocationLists, subjectOf } from '../../src/control/certificates/revocation-list.ts';
import { readCertificates, readKey } from '../../src/control/certificates/load-pem.ts';
import { readPfx } from '../../src/control/certificates/load-pfx.ts';
import type { FileReport } from '../../src/control/certificates/report.ts';
import { alternativeNames, commonHostName } from '../../src/control/certificates/certificate-names.ts';
import { fingerprintOf, responderOf, validityOf } from '../../src/control/certificates/certificate-facts.ts';
import { plainTarget, type Target } from '../engine/target.ts';

/** A real certificate and a new key. */
function seeds(): string[] {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const locked = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'x' });
  const [first = '', second = ''] = rootCertificates;
  const der = new X509Certificate(first).raw.toString('latin1');
  return [
    `${first}\n${second}\n`,
    `${first}\n${key}`,
    locked,
    der,
    crl(),
    `-----BEGIN X509 CRL-----\n${Buffer.from(crl(), 'latin1').toString('base64')}\n-----END X509 CRL-----\n`,
  ];
}

/** As much of a revocation list as is looked at: signature, issuer, two dates. */
function crl(): string {
  const date = '\x17\x0d260101000000Z';
  const inside = `\x02\x01\x01\x30\x00\x30\x02\x31\x00${date}${date}`;
  return `\x30${String.fromCharCode(inside.length + 2)}\x30${String.fromCharCode(inside.length)}${inside}`;
}

const about = {
  name: 'certificates',
  about: 'PEM, DER and PFX files are read or refused with words, whatever is in them',
  seeds,
  words: [
    ...[
      '-----BEGIN ',
      '-----END ',
      'CERTIFICATE-----\n',
      'PRIVATE KEY-----\n',
      'X509 CRL-----\n',
      '-----',
      '\n',
      '\r\n',
      'Proc-Type: 4,ENCRYPTED\n',
      '=',
    ],
    ...[
      '\x30',
      '\x30\x80',
      '\x30\x82\xff\xff',
      '\x30\x84\xff\xff\xff\xff',
      '\x30\x81\x80',
      '\x02\x01\x01',
      '\x17\x0d',
      '\x18\x0f',
      '\xa0\x03',
      '\x00\x00',
      '500101000000Z',
      '20500101000000Z',
    ],
  ],
};

export const certificates: Target = plainTarget(about, async (input, random) => {
  const text = input.toString('latin1');
  const { blocks } = pemBlocks(text);
  for (const block of blocks)
    assert.ok(block.text.startsWith(`-----BEGIN ${block.label}`), 'a block without its label');
  checkDer(input);
  for (const list of readRevocationLists(input) ?? []) {
    assert.deepEqual(readRevocationLists(Buffer.from(list.pem)), [list], 'a list is read otherwise');
    assert.ok(list.nextUpdate === undefined || Number.isFinite(list.nextUpdate));
  }
  const said: string[] = [];
  const report = reportOf(input, said);
  const file = { name: 'a.pem', path: ['x'], what: 'the certificate' };
  const read = readCertificates(file, report);
  for (const each of read ?? []) checkFacts(each);
  const key = readKey({ ...file, what: 'the key' }, random.pick([undefined, 'x', 'y']), report);
  assert.ok((read !== undefined && key !== undefined) || said.length > 0, 'refused without words');
  if (random.oneIn(8))
    assert.ok((await readPfx(file, 'x', report)) !== undefined || said.length > 0, 'refused without words');
});

function checkDer(input: Buffer): void {
  const element = readDer(input);
  const list = readDerList(input, 8);
  assert.ok(list.length <= 8);
  assert.deepEqual(list[0], element);
  assert.ok(list.reduce((sum, { whole }) => sum + whole.length, 0) <= input.length, 'more than there is');
}

/** What is shown of a certificate is there, however odd it is. */
function checkFacts(certificate: X509Certificate): void {
  const { notBefore, notAfter } = validityOf(certificate);
  assert.ok(Number.isFinite(notBefore) && Number.isFinite(notAfter), 'no dates');
  assert.match(fingerprintOf(certificate), /^[0-9a-f]{64}$/);
  assert.ok(Array.isArray(alternativeNames(certificate)));
  commonHostName(certificate);
  responderOf(certificate);
  subjectOf(certificate);
}

/** Gives out the input as the file, and collects what is said of it. */
function reportOf(bytes: Buffer, said: string[]): FileReport {
  const report: Pick<FileReport, 'read' | 'refuse' | 'warn' | 'show'> = {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is looked at
    read: () => ({ path: '/a.pem', bytes, stats: { mode: 0o600 } }) as ReturnType<FileReport['read']>,
    refuse: (_, why, remedy) => void said.push(`${why}, ${remedy}`),
    warn: () => undefined,
    show: () => '"a.pem"',
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it has private parts
  return report as FileReport;
}
