import { createHash } from 'node:crypto';

import type { AdminSettings } from './load-result.ts';
import type { ConfigFile, ConfigFiles } from './config-files.ts';
import type { ConfigPath } from './config-problem.ts';
import type { AdminConfig, Draft, Some } from './config.ts';
import { isLoopback } from './read-address.ts';
import type { Problems } from './source.ts';

const tokenKey: ConfigPath = ['admin', 'tokenFile'];

const mostTokenBytes = 4096;

/** Who guesses a token of 16 signs has to try for ages; more than 512 is no token but another file. */
const tokenForm = /^[\x21-\x7e]{16,512}$/;

/** Who may speak to the admin API over TCP. What is wrong goes to `problems`. */
export function resolveAdmin(
  { admin }: Draft,
  files: ConfigFiles,
  problems: Problems,
): Pick<AdminSettings, 'hosts' | 'tokenHash'> {
  const { listen, tokenFile, hosts = [] } = admin ?? {};
  const tokenHash = tokenFile === undefined ? undefined : readToken(tokenFile, files, problems);
  if (listen !== undefined && !isLoopback(listen.host)) {
    if (problems.isMissing(tokenKey)) refuseOpen(problems);
    else warnOfPlainText(problems);
  }
  if (problems.isMissing(['admin', 'listen'])) tellUnused(admin ?? {}, problems);
  return { hosts: hosts.filter((host) => host !== undefined), tokenHash };
}

/** @returns the SHA-256 of the token: what is kept opens nothing. */
function readToken(name: string, files: ConfigFiles, problems: Problems): string | undefined {
  const file = files.read(name, { what: 'the token', key: tokenKey, maxBytes: mostTokenBytes });
  if (file === undefined) return undefined;
  warnOfReaders(file, problems);
  const [token = ''] = file.bytes.toString('latin1').split(/\r?\n/, 1);
  if (tokenForm.test(token)) return createHash('sha256').update(token).digest('hex');
  problems.add({
    path: tokenKey,
    message: 'Cannot use this token: the first line of the file is not 16 to 512 letters, digits and signs of ASCII',
    remedy: 'write one with "openssl rand -hex 32"',
  });
  return undefined;
}

function warnOfReaders({ stats }: ConfigFile, problems: Problems): void {
  if ((stats.mode & 0o077) === 0) return;
  problems.add({
    path: tokenKey,
    message: `The file of the token is readable by others (mode ${(stats.mode & 0o777).toString(8).padStart(4, '0')})`,
    remedy: 'let its owner alone read it: chmod 600',
    severity: 'warning',
  });
}

function refuseOpen(problems: Problems): void {
  const path: ConfigPath = ['admin', 'listen'];
  const remedy =
    'add tokenFile, or write 127.0.0.1, [::1] or localhost with a port, and let other machines in by a route with a password';
  problems.add({ path, message: 'Cannot listen here without a token: other machines could reach it', remedy });
}

function warnOfPlainText(problems: Problems): void {
  problems.add({
    path: ['admin', 'listen'],
    message: 'The token goes over the network as plain text: whoever listens there can use it',
    remedy:
      'write 127.0.0.1 with a port, and let other machines in by a route over https; or use a network of your own',
    severity: 'warning',
  });
}

function tellUnused(admin: Some<AdminConfig>, problems: Problems): void {
  for (const key of ['tokenFile', 'hosts'] as const) {
    if (admin[key] === undefined || admin[key].length === 0) continue;
    const message = `The key ${key} is for an address, and there is none: the control socket needs no token`;
    problems.add({
      path: ['admin', key],
      end: 'key',
      message,
      remedy: 'add admin.listen, or leave it out',
      severity: 'warning',
    });
  }
}
