import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import type { TlsStaple } from '../../proxy/index.ts';
import { messageOf } from '../message-of.ts';
import type { CertificateFacts, OcspQuestion } from './certificate-facts.ts';
import type { OcspAnswer } from './ocsp-fetch.ts';

export interface OcspKeeperOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** May reject. */
  readonly fetch: (question: OcspQuestion) => Promise<OcspAnswer>;
  /** Hands the responses to the data plane, in place of those before. Never rejects. */
  readonly push: (staples: readonly TlsStaple[]) => Promise<void>;
}

const hourMs = 3_600_000;

/** An answer that does not say until when it holds. */
const usualMs = 12 * hourMs;

/** After a failure; an authority that is down is asked by many. */
const retryMs = 10 * 60_000;

/** Bounds of the wait between two questions for one certificate. */
const [leastMs, mostMs] = [60_000, 7 * 24 * hourMs];

/** One certificate that is asked for. */
interface Entry {
  readonly certificate: CertificateFacts;
  readonly question: OcspQuestion;
  dueAt: number;
  answer: OcspAnswer | undefined;
  /** The last failure, told once until it is another. */
  failure: string;
}

/**
 * Keeps OCSP responses fresh: each is asked for again when half of its time is over. A failure is a warning, and the last response
 * is sent along until its time is over; a handshake never waits for one.
 */
export class OcspKeeper {
  readonly #options: OcspKeeperOptions;
  #entries = new Map<string, Entry>();
  #timer: NodeJS.Timeout | undefined;
  #asking = false;

  constructor(options: OcspKeeperOptions) {
    this.#options = options;
  }

  /** From now on these are kept and no others; of those that were before, what is known stays. */
  follow(certificates: readonly CertificateFacts[]): void {
    const before = this.#entries;
    this.#entries = new Map();
    for (const certificate of certificates) {
      const { ocsp: question, fingerprint } = certificate;
      if (question === undefined) continue;
      const known = before.get(fingerprint);
      this.#entries.set(fingerprint, known ?? { certificate, question, dueAt: 0, answer: undefined, failure: '' });
    }
    // Also what is no longer sent must be taken away.
    if (before.size > 0 && [...before.keys()].some((key) => !this.#entries.has(key))) void this.#push();
    this.#wait();
  }

  stop(): void {
    this.#entries = new Map();
    clearTimeout(this.#timer);
  }

  /** Asks for what is due, one after the other, and hands over what came. Never rejects. */
  async look(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const now = this.#options.clock.date();
    const due = [...this.#entries.values()].filter(({ dueAt }) => dueAt <= now);
    // oxlint-disable-next-line no-await-in-loop -- a listener with a hundred certificates is no reason to flood an authority
    for (const entry of due) await this.#ask(entry);
    if (due.length > 0) await this.#push();
    this.#asking = false;
    this.#wait();
  }

  async #ask(entry: Entry): Promise<void> {
    const { clock, fetch } = this.#options;
    try {
      const answer = await fetch(entry.question);
      const now = clock.date();
      // What is revoked is said, too: a client that is told nothing might believe in it.
      if (answer.status === 'unknown') throw new Error('the authority does not know the certificate');
      if (answer.status === 'revoked') this.#tell(entry, 'has been revoked by its authority: get another one');
      else entry.failure = '';
      entry.answer = answer;
      entry.dueAt = now + within((answer.nextUpdate ?? now + usualMs) - now);
    } catch (error) {
      this.#tell(entry, `is not stapled anew: its authority does not answer (${messageOf(error).slice(0, 200)})`);
      entry.dueAt = clock.date() + retryMs;
    }
  }

  #tell(entry: Entry, words: string): void {
    if (entry.failure === words) return;
    entry.failure = words;
    const { name, listener } = entry.certificate;
    this.#options.log.warn(`The certificate "${name}" ${words}`, { listener });
  }

  async #push(): Promise<void> {
    const now = this.#options.clock.date();
    const fresh = [...this.#entries].filter(
      ([, { answer }]) => answer !== undefined && (answer.nextUpdate ?? Infinity) > now,
    );
    await this.#options.push(fresh.map(([fingerprint, { answer }]) => ({ fingerprint, response: answer!.response })));
  }

  #wait(): void {
    clearTimeout(this.#timer);
    if (this.#entries.size === 0 || this.#asking) return;
    const soonest = [...this.#entries.values()].reduce((least, { dueAt }) => Math.min(least, dueAt), Infinity);
    const waitMs = Math.min(mostMs, Math.max(0, soonest - this.#options.clock.date()));
    this.#timer = setTimeout(() => void this.look(), waitMs).unref();
  }
}

/** Half of the time that an answer holds. */
function within(ms: number): number {
  return Math.min(mostMs, Math.max(leastMs, ms / 2));
}
