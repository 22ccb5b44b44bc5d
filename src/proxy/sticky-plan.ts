/** How clients of a pool stay with their server. */
export interface StickyPlan extends BondTimes {
  readonly by:
    /** A cookie that is set here. */
    | { readonly kind: 'cookie'; readonly cookie: BondCookiePlan }
    /** The servers' own cookie, as their answers set it. */
    | { readonly kind: 'learn'; readonly name: string }
    /** The name is lower case. */
    | { readonly kind: 'header'; readonly name: string }
    | { readonly kind: 'client-address'; /** Bits of an IPv6 address that count. */ readonly ipv6Prefix: number };
}

/** How long a bond holds. */
export interface BondTimes {
  /** Since it began; 0: without end. */
  readonly maxAgeMs: number;
  /** Since it was used last; 0: without end. */
  readonly maxIdleMs: number;
}

/** The cookie by which a client shows what it is bound to. */
export interface BondCookiePlan {
  readonly name: string;
  readonly path: string;
  /** Undefined: the host that was asked, and no other. */
  readonly domain: string | undefined;
  readonly sameSite: 'Lax' | 'Strict' | 'None';
  /** What its values are signed with; undefined: the secret of the process. */
  readonly secret: string | undefined;
}
