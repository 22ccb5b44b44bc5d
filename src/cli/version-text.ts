import { getFips } from 'node:crypto';

import { version } from '../version.ts';

/** `postern version [--verbose]`. */
export function versionText(verbose: boolean): string {
  if (!verbose) return `postern ${version}`;
  const { node, v8, uv, openssl, zlib } = process.versions;
  const rows = [
    ['postern', version],
    ['node', node],
    ['v8', v8],
    ['libuv', uv],
    ['openssl', `${openssl}, ${getFips() === 1 ? 'the FIPS provider is active' : 'the FIPS provider is not active'}`],
    ['zlib', zlib],
    ['platform', `${process.platform} ${process.arch}`],
    ['runs from', process.argv[1] ?? ''],
    ['with', process.execPath],
  ];
  return rows.map(([name, value]) => `${name!.padEnd(9)}  ${value}`).join('\n');
}
