import { parseCertificate } from './load-pem.ts';
import { isCertificate, kindOfFile, pemBlocks } from './pem-blocks.ts';
import type { FileReport, NamedFile } from './report.ts';

/** Those of all countries are about 150. */
const mostAuthorities = 1000;

/** Reads whom certificates of servers may come from, as PEM. Undefined: a file cannot be used; reported. */
export function loadServerAuthorities(files: readonly NamedFile[], report: FileReport): string | undefined {
  const texts = files.map((file) => readOne(file, report));
  return texts.every((text) => text !== undefined) ? texts.join('') : undefined;
}

function readOne(file: NamedFile, report: FileReport): string | undefined {
  const found = report.read(file);
  if (found === undefined) return undefined;
  const pem = pemBlocks(found.bytes.toString('latin1'));
  const blocks = pem.blocks.filter(isCertificate);
  if (pem.cut !== undefined || blocks.length === 0 || blocks.length > mostAuthorities) {
    const many = blocks.length > mostAuthorities && pem.cut === undefined;
    const why = many ? `there are more than ${mostAuthorities} certificates in it` : kindOfFile(found.bytes, pem);
    report.refuse(file, why, 'name a PEM file with the certificates of the authorities');
    return undefined;
  }
  const certificates = blocks.map((block, i) => parseCertificate(block, i, file, report));
  return certificates.every((each) => each !== undefined) ? certificates.map(String).join('') : undefined;
}
