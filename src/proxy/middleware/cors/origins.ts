/** The origins that may read answers, as the config lists them. */
export interface OriginsConfig {
  /** `*`: every one, `null` too. */
  readonly any: boolean;
  /** `https://a.example`, `null`; as browsers write them. */
  readonly exact: readonly string[];
  /** `https://*.example.org:8443`: hosts with exactly one more label. */
  readonly below: readonly {
    readonly scheme: string;
    readonly suffix: string;
    /** With its colon; empty: that of the scheme. */ readonly port: string;
  }[];
}

/** Asked with what `Origin` says: an exact comparison, as browsers have one spelling for each origin. */
export class Origins {
  readonly #any: boolean;
  readonly #exact: ReadonlySet<string>;
  readonly #below: readonly { readonly start: string; readonly end: string }[];

  constructor({ any, exact, below }: OriginsConfig) {
    this.#any = any;
    this.#exact = new Set(exact);
    this.#below = below.map(({ scheme, suffix, port }) => ({ start: `${scheme}://`, end: `.${suffix}${port}` }));
  }

  allow(origin: string): boolean {
    if (this.#any || this.#exact.has(origin)) return true;
    for (let i = 0; i < this.#below.length; i++) {
      const { start, end } = this.#below[i]!;
      if (isBelow(origin, start, end)) return true;
    }
    return false;
  }
}

/** What stands for the star is one label, and nothing that could be another part of a URL. */
function isBelow(origin: string, start: string, end: string): boolean {
  const length = origin.length - start.length - end.length;
  if (length < 1 || length > 63 || !origin.startsWith(start) || !origin.endsWith(end)) return false;
  return /^[a-z0-9_-]+$/.test(origin.slice(start.length, start.length + length));
}
