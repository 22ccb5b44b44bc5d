import { resolve } from 'node:path';

import type { CertificateConfig } from '../config/config.ts';
import type { TlsSources } from './tls-sources.ts';

/** Absolute paths of all files that the listeners' certificates come from, one each. */
export function watchedFiles({ folder, listeners }: TlsSources): readonly string[] {
  const names = listeners.flatMap(({ config }) => [
    ...config.certificates.flatMap(filesOf),
    ...(config.clientCertificates === undefined
      ? []
      : [config.clientCertificates.ca, ...config.clientCertificates.crls]),
  ]);
  return [...new Set(names.map((name) => resolve(folder, name)))];
}

function filesOf(certificate: CertificateConfig): readonly string[] {
  if (certificate.kind === 'pfx') return [certificate.pfx];
  const { cert, key, chain } = certificate;
  return [cert, key, chain].filter((each) => each !== undefined);
}
