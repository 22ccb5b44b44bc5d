import { existsSync } from 'node:fs';

/** Where a config is looked for, in this order. */
export const configPlaces: readonly string[] = [
  './postern.yaml',
  './postern.yml',
  './postern.json',
  './postern.config.ts',
  './postern.config.js',
  '/etc/postern/postern.yaml',
];

/** What to say where there is none. */
export const noConfig: string = `Cannot find a config: there is none of ${configPlaces.join(', ')}; name one, or try "postern proxy --from :8080 --to http://localhost:3000"`;

/** The first one that is there. */
export function findConfig(exists: (path: string) => boolean = existsSync): string | undefined {
  return configPlaces.find((path) => exists(path));
}
