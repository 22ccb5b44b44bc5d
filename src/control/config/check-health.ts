import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';

import type { Draft, DraftPool } from './config.ts';
import type { Problems } from './source.ts';

/** What the parts of a pool that watch its servers ask of each other, and of the system. */
export function checkHealth(config: Draft, folder: string, problems: Problems): void {
  for (const [name, pool] of Object.entries(config.pools ?? {})) {
    if (pool === undefined) continue;
    checkWords(name, pool, problems);
    checkProgram(name, pool, { folder, problems });
  }
}

function checkWords(name: string, { health, agent, load }: DraftPool, problems: Problems): void {
  const path = ['pools', name, 'load'];
  if (agent !== undefined && load !== undefined) {
    const message = 'Cannot use the key "load" besides "agent": both say how busy a server is';
    problems.add({ path, end: 'key', message, remedy: 'leave one of them out' });
  } else if (load !== undefined && load.path === undefined && load.header !== undefined) {
    const unread = health === undefined && !problems.isMissing(['pools', name, 'health']);
    if (unread || health?.how?.kind === 'http') return;
    const message = 'Cannot read the load from a field: no page is asked for whose answer could have it';
    problems.add({ path, end: 'key', message, remedy: 'add a path to it, or health with a path' });
  }
}

/** It may come later: what cannot be run says nothing against a server. */
function checkProgram(
  name: string,
  { health }: DraftPool,
  { folder, problems }: { readonly folder: string; readonly problems: Problems },
): void {
  if (health?.how?.kind !== 'script') return;
  const [program] = health.how.command;
  try {
    accessSync(resolve(folder, program), constants.X_OK);
  } catch {
    const message = 'This program cannot be run now: until it can, these servers count as if nobody checked them';
    const remedy = 'put it there and make it executable';
    problems.add({ path: ['pools', name, 'health', 'command', 0], message, remedy, severity: 'warning' });
  }
}
