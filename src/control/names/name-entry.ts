import { BackOff } from '../back-off.ts';
import type { DnsAnswer } from './dns-lookup.ts';

/** When names are asked for again, in ms. */
export interface NameTimes {
  /** Shortest and longest time that an answer holds, whatever its TTL. */
  readonly minTtlMs: number;
  readonly maxTtlMs: number;
  /** Waits after failures in a row. */
  readonly minRetryMs: number;
  readonly maxRetryMs: number;
}

/** Where the addresses of a name come from. */
export type NameSource = 'hosts' | 'localhost' | 'dns';

/**
 * What is known of one name, and when it is to be asked for again. No I/O.
 *
 * A failure never takes away what is known: servers mostly stay where they were while a DNS server is down.
 */
export class NameEntry {
  readonly name: string;
  readonly #times: NameTimes;
  readonly #random: () => number;
  readonly #backOff: BackOff;
  #source: NameSource = 'dns';
  #ipv4: readonly string[] = [];
  #ipv6: readonly string[] = [];
  #addresses: readonly string[] = [];
  #dueAt = -Infinity;
  #failure: string | undefined;
  #settled = false;

  constructor(name: string, times: NameTimes, random: () => number = Math.random) {
    this.name = name;
    this.#times = times;
    this.#random = random;
    this.#backOff = new BackOff({ minMs: times.minRetryMs, maxMs: times.maxRetryMs }, random);
  }

  /** Best first; empty: it never resolved. */
  get addresses(): readonly string[] {
    return this.#addresses;
  }

  get source(): NameSource {
    return this.#source;
  }

  /** Why the last question failed; undefined: it did not. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** It has been answered, well or not, at least once. */
  get settled(): boolean {
    return this.#settled;
  }

  /** When DNS is to be asked next; Infinity: never, because the name is known otherwise. */
  get dueAt(): number {
    return this.#dueAt;
  }

  /** The name has these addresses as long as nobody says otherwise. @returns true if they changed. */
  fix(source: 'hosts' | 'localhost', addresses: readonly string[]): boolean {
    this.#source = source;
    this.#dueAt = Infinity;
    this.#ipv4 = [];
    this.#ipv6 = [];
    this.#succeed();
    return this.#set(addresses);
  }

  /** The name is no longer known otherwise: DNS is to be asked now. */
  release(now: number): void {
    if (this.#source === 'dns') return;
    this.#source = 'dns';
    this.#dueAt = now;
  }

  /** @returns true if the addresses changed. */
  answer(answer: DnsAnswer, now: number): boolean {
    this.#ipv4 = inOrder(this.#ipv4, answer.ipv4 ?? this.#ipv4);
    this.#ipv6 = inOrder(this.#ipv6, answer.ipv6 ?? this.#ipv6);
    const ttlMs = Math.min(Math.max(answer.ttlSeconds * 1000, this.#times.minTtlMs), this.#times.maxTtlMs);
    // Up to a tenth later, so that names that were asked for together do not stay together.
    this.#dueAt = now + ttlMs * (1 + this.#random() / 10);
    this.#succeed();
    return this.#set([...this.#ipv6, ...this.#ipv4]);
  }

  /** The question failed: what is known stays. @returns true if this is news (the question before did not fail). */
  fail(reason: string, now: number): boolean {
    const news = this.#failure === undefined;
    this.#failure = reason;
    this.#settled = true;
    this.#dueAt = now + this.#backOff.next();
    return news;
  }

  #succeed(): void {
    this.#failure = undefined;
    this.#settled = true;
    this.#backOff.reset();
  }

  #set(addresses: readonly string[]): boolean {
    const before = this.#addresses;
    if (before.length === addresses.length && before.every((address, at) => address === addresses[at])) return false;
    this.#addresses = addresses;
    return true;
  }
}

/** `next` in the order of `before`, what is new last: DNS servers turn their answers, which is no change. */
function inOrder(before: readonly string[], next: readonly string[]): readonly string[] {
  const kept = before.filter((address) => next.includes(address));
  return [...kept, ...next.filter((address) => !kept.includes(address))];
}
