/** How a server of a pool is chosen. */
export type BalancePlan =
  | { readonly kind: 'round-robin' | 'least-connections' | 'least-time' | 'first' | 'adaptive' }
  | {
      readonly kind: 'random';
      /** Servers that are drawn, of which the least busy is taken; at least 2. */ readonly choices: number;
    }
  | {
      readonly kind: 'hash';
      readonly of: HashSource;
      /** No server has more than this times its share of the exchanges, at least 1; 0: no bound. */
      readonly loadFactor: number;
    };

/** What of a request chooses its server. */
export type HashSource =
  | { readonly kind: 'client-address' }
  /** Path and query. */
  | { readonly kind: 'uri' }
  | { readonly kind: 'path' }
  /** Names of fields are lower case. */
  | { readonly kind: 'header' | 'cookie' | 'query'; readonly name: string };

/** Unless the config says otherwise. */
export const plainBalance: BalancePlan = { kind: 'round-robin' };
