import type { TextMatch, TlsVersion } from '../../proxy/index.ts';

/** What a route asks of a request, as the schema has read it: all keys of a map must hold. Files are not read yet. */
export interface WhenConfig {
  readonly method?: readonly string[] | undefined;
  readonly header?: NamedValues | undefined;
  readonly query?: NamedValues | undefined;
  readonly cookie?: NamedValues | undefined;
  readonly address?: readonly AddressEntry[] | undefined;
  readonly scheme?: 'http' | 'https' | undefined;
  readonly tls?: TlsWhenConfig | undefined;
  readonly path?: TextMatch | undefined;
  readonly any?: readonly WhenConfig[] | undefined;
  readonly all?: readonly WhenConfig[] | undefined;
  readonly not?: WhenConfig | undefined;
}

/** By name; false: it must not be there. */
export type NamedValues = Readonly<Record<string, TextMatch | false>>;

/** A network, or a file of them. */
export type AddressEntry = string | { readonly file: string };

export interface TlsWhenConfig {
  readonly version?: readonly TlsVersion[] | undefined;
  readonly serverName?: TextMatch | undefined;
  readonly clientSubject?: TextMatch | undefined;
}
