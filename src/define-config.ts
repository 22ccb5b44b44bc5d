import type { ConfigInput } from './config-input.ts';

/** What a config that is a program may look at. */
export interface ConfigEnv {
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Makes a config each time it is loaded. */
export type MakeConfig = (env: ConfigEnv) => ConfigInput | Promise<ConfigInput>;

/**
 * Gives back what it gets: it is there so that editors complete and check a `postern.config.ts`.
 *
 * ```ts
 * import { defineConfig } from 'postern';
 *
 * export default defineConfig({
 *   listeners: { web: { address: ':8080' } },
 *   routes: [{ host: 'shop.example.com', to: 'http://10.0.0.5:3000' }],
 * });
 * ```
 */
export function defineConfig(config: ConfigInput): ConfigInput;
export function defineConfig(make: MakeConfig): MakeConfig;
export function defineConfig(source: ConfigInput | MakeConfig): ConfigInput | MakeConfig {
  return source;
}
