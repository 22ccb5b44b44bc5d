import type { UrlDestination } from '../config/server-url.ts';

/** One definition of NetManager's `apache_reverse` setting: `path-or-host,remoteserver[,flags]`. */
export interface ReverseItem {
  /** From 1. */
  readonly number: number;
  /** As it was written. */
  readonly text: string;
  readonly from: ReverseFrom;
  readonly to: UrlDestination;
  readonly httpsOnly: boolean;
  readonly httpsRedirect: boolean;
}

/** The left box. */
export type ReverseFrom =
  /** Below every host, by http and https. */
  | { readonly kind: 'path'; readonly path: string }
  /** The whole space of one host, by this scheme. */
  | {
      readonly kind: 'host';
      readonly scheme: 'http' | 'https';
      readonly host: string;
      /** `/` unless it was written. */
      readonly path: string;
    };
