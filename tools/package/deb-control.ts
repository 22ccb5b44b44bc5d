import type { Arch } from './options.ts';

/** As Debian names processors. */
export const debianArch: Readonly<Record<Arch, string>> = { x64: 'amd64', arm64: 'arm64' };

/**
 * A version as Debian orders them: `1.0.0-rc.1` comes before `1.0.0`, which is what a tilde says.
 */
export function debianVersion(version: string): string {
  return version.replace('-', '~');
}

/** Who answers for the package: `DEBFULLNAME` and `DEBEMAIL`, as for other tools of Debian. */
export function maintainer(environment: Readonly<Record<string, string | undefined>>): string {
  const name = oneLine(environment['DEBFULLNAME']) ?? 'The Postern authors';
  const address = oneLine(environment['DEBEMAIL']) ?? 'postern@packages.invalid';
  return `${name} <${address}>`;
}

function oneLine(text: string | undefined): string | undefined {
  return text === undefined || text === '' || /[\n\r<>]/.test(text) ? undefined : text;
}

export interface ControlFacts {
  readonly version: string;
  readonly arch: Arch;
  readonly maintainer: string;
  /** Of all files, in kB. */
  readonly installedSize: number;
}

/** What the Node in the package is linked with; `libc6` is the oldest whose symbols it has. */
const depends = ['adduser', 'libatomic1', 'libc6 (>= 2.28)', 'libgcc-s1', 'libstdc++6 (>= 6)'];

/** The control file (deb-control(5)). */
export function controlFile(facts: ControlFacts): string {
  return `Package: postern
Version: ${debianVersion(facts.version)}
Architecture: ${debianArch[facts.arch]}
Maintainer: ${facts.maintainer}
Installed-Size: ${facts.installedSize}
Depends: ${depends.join(', ')}
Suggests: logrotate
Provides: httpd
Section: httpd
Priority: optional
Description: reverse proxy
 Postern stands in front of web servers: it ends their TLS, decides by host and
 path where each request goes, spreads load over pools of servers, and says in
 its log what it did and why. It reads HTTP strictly and writes it anew.
 .
 The package brings the Node that it runs on.
`;
}

/** The changelog (deb-changelog(5)): one entry that leads to the one for users. */
export function debianChangelog(facts: Pick<ControlFacts, 'version' | 'maintainer'>, epoch: number): string {
  const date = new Date(epoch * 1000).toUTCString().replace('GMT', '+0000');
  return `postern (${debianVersion(facts.version)}) stable; urgency=medium

  * What changed for users is in /usr/share/doc/postern/NEWS.md.gz.

 -- ${facts.maintainer}  ${date}
`;
}
