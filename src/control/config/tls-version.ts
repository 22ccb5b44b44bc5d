import type { TlsVersion } from '../../proxy/index.ts';
import { bad, good, type Reading } from './reading.ts';

const versions: Readonly<Record<string, TlsVersion>> = {
  '1.0': 'TLSv1',
  '1.1': 'TLSv1.1',
  '1.2': 'TLSv1.2',
  '1.3': 'TLSv1.3',
};

/** `1.2`, as people write a version of TLS. */
export function readTlsVersion(value: string): Reading<TlsVersion> {
  const version = Object.hasOwn(versions, value) ? versions[value] : undefined;
  if (version !== undefined) return good(version);
  // In YAML without quotes 1.0 is the number 1.
  const better = value === '1' ? '1.0' : undefined;
  return bad('it is no version of TLS', 'write "1.0", "1.1", "1.2" or "1.3", with the quotes', better);
}
