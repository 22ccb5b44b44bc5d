import { randomBytes } from 'node:crypto';

import type { Logger } from '../../core/log.ts';
import type { TlsSecrets, TlsStaple } from '../../proxy/index.ts';
import { messageOf } from '../message-of.ts';

export interface TicketKeysOptions {
  readonly log: Logger;
  /** Hands them to the data plane. May reject: the host gives a replaced thread the last ones by itself. */
  readonly push: (secrets: TlsSecrets) => Promise<void>;
  /** Default: 12 hours. */
  readonly everyMs?: number;
}

const defaultEveryMs = 12 * 3_600_000;

/** What OpenSSL wants for session tickets: a name, a key to sign and a key to encrypt, 16 bytes each. */
const ticketKeyBytes = 48;

/**
 * The secret behind the session tickets of all threads, made anew every 12 hours: who steals it may read what was said
 * by TLS 1.2 sessions of that time. Clients with an older ticket make a full handshake once.
 *
 * It goes to the data plane in one call with the OCSP responses, so this also keeps those.
 */
export class TicketKeys {
  readonly #options: TicketKeysOptions;
  #secrets: TlsSecrets = { ticketKeys: randomBytes(ticketKeyBytes), staples: [] };
  #timer: NodeJS.Timeout | undefined;

  constructor(options: TicketKeysOptions) {
    this.#options = options;
  }

  /** What is in force: for a successor of this process. */
  get secrets(): TlsSecrets {
    return this.#secrets;
  }

  /**
   * Hands the first ones over, before the plan that needs them, and begins to rotate. Never rejects.
   * @param inherited from the process before this one, so that its clients go on with their sessions.
   */
  async start(inherited?: TlsSecrets): Promise<void> {
    if (inherited !== undefined) this.#secrets = inherited;
    this.#timer = setInterval(() => void this.#rotate(), this.#options.everyMs ?? defaultEveryMs).unref();
    await this.#push();
  }

  /** The OCSP responses to be stapled from now on, instead of those before. Never rejects. */
  async setStaples(staples: readonly TlsStaple[]): Promise<void> {
    this.#secrets = { ...this.#secrets, staples };
    await this.#push();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #rotate(): Promise<void> {
    this.#secrets = { ...this.#secrets, ticketKeys: randomBytes(ticketKeyBytes) };
    await this.#push();
  }

  async #push(): Promise<void> {
    try {
      await this.#options.push(this.#secrets);
    } catch (error) {
      this.#options.log.warn(`Cannot hand the ticket keys to the data thread: ${messageOf(error)}`);
    }
  }
}
