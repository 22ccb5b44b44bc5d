import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import type { CertificateFacts } from './certificate-facts.ts';
import { ExpiryWatch } from './expiry-watch.ts';
import { daysLeft } from './expiry-words.ts';
import type { LoadedTls } from './tls-sources.ts';
import { FileWatch, type ChangeResult, type FileWatchTimes } from '../files/watch-files.ts';
import { watchedFiles } from './watched-files.ts';

/** What `postern status` shows of a certificate. */
export interface CertificateStatus {
  readonly listener: string;
  readonly name: string;
  readonly names: readonly string[];
  readonly issuer: string;
  /** ISO 8601. */
  readonly notAfter: string;
  /** Whole days; negative: it has expired. */
  readonly daysLeft: number;
  /** SHA-256, lower-case hex. */
  readonly fingerprint: string;
}

export interface CertificateKeeperOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Gets what may be asked of authorities, whenever it may have changed. */
  readonly onCertificates?: (certificates: readonly CertificateFacts[]) => void;
  readonly times?: FileWatchTimes;
}

/** Watches the certificates of the config in force, whichever that is: their end, and their files. */
export class CertificateKeeper {
  readonly #options: CertificateKeeperOptions;
  readonly #expiry = new ExpiryWatch();
  readonly #files: FileWatch;
  #onChange: (() => Promise<ChangeResult>) | undefined;
  #certificates: readonly CertificateFacts[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: CertificateKeeperOptions) {
    this.#options = options;
    const { clock, times } = options;
    const onChange = async (): Promise<ChangeResult> => (await this.#onChange?.()) ?? 'taken';
    this.#files = new FileWatch({ clock, onChange, ...(times && { times }) });
  }

  /** @param onChange told that files of certificates have changed. Never rejects. */
  start(onChange: () => Promise<ChangeResult>): void {
    this.#onChange = onChange;
  }

  /**
   * From now on these are in force. What they are worth a warning for has been said when they were loaded.
   * @param others files and folders that are watched too.
   */
  follow(tls: LoadedTls | undefined, others: readonly string[] = []): void {
    this.#certificates = tls?.certificates ?? [];
    this.#expiry.follow(this.#certificates, this.#options.clock.date());
    this.#wait();
    void this.#files.follow([...new Set([...(tls === undefined ? [] : watchedFiles(tls.sources)), ...others])]);
    this.#options.onCertificates?.(this.#certificates);
  }

  stop(): void {
    this.follow(undefined);
  }

  get status(): readonly CertificateStatus[] {
    const now = this.#options.clock.date();
    return this.#certificates.map(({ listener, name, names, issuer, notAfter, notBefore, fingerprint }) => ({
      listener,
      name,
      names,
      issuer,
      notAfter: isoDate(notAfter),
      daysLeft: daysLeft({ notAfter, notBefore }, now),
      fingerprint,
    }));
  }

  /** Says what is due, and waits for the next. For tests besides the timer. */
  look(): void {
    const { clock, log } = this.#options;
    for (const { certificate, words } of this.#expiry.due(clock.date())) {
      const { listener, name, notAfter } = certificate;
      log.warn(`The certificate "${name}" ${words}, renew it`, { listener, notAfter: isoDate(notAfter) });
    }
    this.#wait();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    const waitMs = this.#expiry.waitMs(this.#options.clock.date());
    this.#timer = waitMs === undefined ? undefined : setTimeout(() => this.look(), waitMs).unref();
  }
}

/** Past the year 9999 ISO 8601 has no four digits. */
function isoDate(ms: number): string {
  return new Date(Math.min(ms, 253_402_300_799_000)).toISOString();
}
