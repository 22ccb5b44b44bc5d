import { clientKey } from '../../core/ip.ts';

/** Wrong tokens that an address may send in one window; more are not even looked at until it ends. */
const mostFailures = 10;
const windowMs = 60_000;

/** Addresses that are remembered; the oldest is forgotten for a new one. */
const mostAddresses = 10_000;

interface Window {
  readonly endsAt: number;
  failures: number;
}

/** Counts wrong tokens by the address that they come from (IPv6: by its /64), so that guessing takes for ever. */
export class FailedAttempts {
  readonly #windows = new Map<string, Window>();

  /** How long this address has to wait, in ms; 0: not at all. */
  waitMs(address: string, now: number): number {
    const window = this.#windows.get(clientKey(address));
    return window === undefined || window.failures < mostFailures ? 0 : Math.max(0, window.endsAt - now);
  }

  /** @returns true where this was the last one that is looked at. */
  failed(address: string, now: number): boolean {
    const key = clientKey(address);
    const known = this.#windows.get(key);
    if (known !== undefined && known.endsAt > now) {
      known.failures += 1;
      return known.failures === mostFailures;
    }
    this.#windows.delete(key);
    const [oldest] = this.#windows.keys();
    if (this.#windows.size >= mostAddresses && oldest !== undefined) this.#windows.delete(oldest);
    this.#windows.set(key, { endsAt: now + windowMs, failures: 1 });
    return false;
  }
}
