import type { Judged } from './judged.ts';
import type { ConfigPath } from './config-problem.ts';
import { valueAt } from './value-at.ts';

/** Keys whose values open something. What stands below `middleware` is hashed, or a feature of its own speaks of it. */
const keys: ReadonlySet<string> = new Set([
  'passphrase',
  'password',
  'secret',
  'token',
  'authorization',
  'cookiesecret',
]);

/** Secrets that stand in the config itself, where backups, tickets and screens show them. */
export function adviseSecrets({ source, problems }: Judged): void {
  const found = ['listeners', 'pools', 'admin', 'trace'].map((part) =>
    plainSecrets(valueAt(source.value, [part]), [part]),
  );
  // This one stands at the top.
  found.push(plainSecrets({ cookieSecret: valueAt(source.value, ['cookieSecret']) }, []));
  for (const paths of found) {
    for (const path of paths) {
      if (problems.isSecret(path)) continue;
      problems.add({
        path,
        message: `This ${String(path.at(-1))} stands in the config, for everyone to read who sees the file`,
        remedy: 'write ${NAME} for an environment variable, or ${file:path} for a file that only Postern may read',
        severity: 'warning',
      });
    }
  }
}

/** The config has been parsed with a bound of its depth. */
function* plainSecrets(value: unknown, path: ConfigPath): Generator<ConfigPath> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    // An empty one protects nothing.
    if (typeof child === 'string' && child !== '' && keys.has(key.toLowerCase())) yield here;
    else yield* plainSecrets(child, here);
  }
}
