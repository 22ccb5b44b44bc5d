import type { Draft } from './config.ts';
import type { Problems } from './source.ts';

/** What is left to check across keys: the access log, trusted proxies, listeners that no route uses. */
export function checkSettings(config: Draft, problems: Problems): void {
  checkAccessLog(config, problems);
  checkTrust(config, problems);
  checkUnusedListeners(config, problems);
  checkIdentity(config, problems);
}

function checkIdentity({ user, group }: Draft, problems: Problems): void {
  if (group === undefined || user !== undefined) return;
  const message = 'Cannot take on a group without a user';
  problems.add({ path: ['group'], end: 'key', message, remedy: 'add user, or leave it out' });
}

function checkAccessLog(config: Draft, problems: Problems): void {
  const log = config.accessLog;
  if (log === undefined || typeof log === 'boolean') return;
  if (log.file !== undefined && log.stdout !== undefined) {
    const message = 'Cannot write the access log to a file and to standard output: one is possible';
    problems.add({ path: ['accessLog', 'stdout'], end: 'key', message, remedy: 'leave out stdout or file' });
  }
  if (log.file === undefined && typeof log.rotate === 'object') {
    const message = 'Cannot rotate standard output: only a file can be rotated';
    problems.add({ path: ['accessLog', 'rotate'], end: 'key', message, remedy: 'leave it out, or add file' });
  }
}

function checkTrust(config: Draft, problems: Problems): void {
  for (const [i, network] of (config.forwarding?.trustedProxies ?? []).entries()) {
    if (network === undefined || !network.endsWith('/0')) continue;
    problems.add({
      path: ['forwarding', 'trustedProxies', i],
      message: 'This network is everyone: any client can claim to have any address',
      remedy: 'write the networks of the proxies in front of this one',
      severity: 'warning',
    });
  }
}

function checkUnusedListeners(config: Draft, problems: Problems): void {
  const used = new Set<string>();
  if (!config.routes?.length) return;
  for (const route of config.routes ?? []) {
    // A route for all listeners uses each of them; one that could not be read may be such a route.
    if (route?.listeners === undefined) return;
    for (const name of route.listeners) used.add(name ?? '');
  }
  for (const name of Object.keys(config.listeners ?? {})) {
    if (used.has(name)) continue;
    const message = `No route is for the listener "${name}": it answers everything with 404`;
    problems.add({
      path: ['listeners', name],
      end: 'key',
      message,
      remedy: 'add it to a route, or leave it out',
      severity: 'warning',
    });
  }
}
