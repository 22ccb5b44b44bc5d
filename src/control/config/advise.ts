import { Reach } from '../exposure/open-to.ts';
import { adviseFolders } from './advise-folders.ts';
import { adviseHttp2 } from './advise-http2.ts';
import { adviseHttps } from './advise-https.ts';
import { warnOfPlainLogins } from './advise-logins.ts';
import { adviseOpenListeners } from './advise-open-listeners.ts';
import { adviseSecrets } from './advise-secrets.ts';
import { adviseTlsVersions } from './advise-tls-versions.ts';
import { adviseTrust } from './advise-trust.ts';
import type { Judged } from './judged.ts';

/**
 * Says what a config does that its author may not have meant. Everything that it finds is a warning: the config runs.
 *
 * (1) What gives away something that clients trust us with (a password) is always said, also at every start.
 * (2) The rest is advice: it is said where somebody asks for it (`postern check`), and not at every start.
 * (3) What a rule has found for many routes is said for a few of them, with the number of the others.
 */
export function advise(found: Omit<Judged, 'reach'>, everything: boolean): void {
  const judged: Judged = { ...found, reach: new Reach() };
  const warned = warnOfPlainLogins(judged);
  if (!everything) return;
  adviseHttps(judged, warned);
  adviseOpenListeners(judged);
  adviseTrust(judged);
  adviseTlsVersions(judged);
  adviseSecrets(judged);
  adviseFolders(judged);
  adviseHttp2(judged);
}
