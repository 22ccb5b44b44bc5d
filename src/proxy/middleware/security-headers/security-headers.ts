import type { Answer, Feature, Hooks } from '../feature.ts';

export interface SecurityHeadersConfig {
  readonly fields: readonly { readonly name: string; readonly value: string }[];
  /** A server's own word is replaced; otherwise it stays. */
  readonly override: boolean;
  /** `Server` and `X-Powered-By` are removed, and what else tells what runs behind. */
  readonly hideServer: boolean;
}

/** What tells a client what runs behind, lower case. */
const telling: ReadonlySet<string> = new Set([
  'server',
  'x-powered-by',
  'x-aspnet-version',
  'x-aspnetmvc-version',
  'x-generator',
  'x-runtime',
]);

/** Tells browsers what a page may do, and tells nobody what runs behind. */
export const securityHeaders: Feature<SecurityHeadersConfig> = {
  name: 'security-headers',
  create({ fields, override, hideServer }): Hooks {
    return {
      response({ headers }: Answer): void {
        if (hideServer) headers.filter((i) => !isTelling(headers.names[i]!));
        for (let i = 0; i < fields.length; i++) {
          const { name, value } = fields[i]!;
          if (override) headers.set(name, value);
          else if (!headers.has(name)) headers.add(name, value);
        }
      },
    };
  },
};

function isTelling(name: string): boolean {
  const first = name.charCodeAt(0) | 0x20;
  return (first === 0x73 || first === 0x78) && telling.has(name.toLowerCase());
}
