import type { Clock } from '../../core/clock.ts';
import type { Logger, LogFields } from '../../core/log.ts';
import type { LogLevel, ThreadMessage } from './messages.ts';

/** Messages that one thread sends a second; the rest are counted and dropped. */
const maxPerSecond = 200;

/**
 * A thread's logger: each message goes to main, which writes it. Bounded by rate, because what main has not read yet
 * waits in memory.
 */
export class PortLogger implements Logger {
  readonly #post: (message: ThreadMessage) => void;
  readonly #clock: Clock;
  #windowStart: number;
  #sent = 0;
  #dropped = 0;

  constructor(post: (message: ThreadMessage) => void, clock: Clock) {
    this.#post = post;
    this.#clock = clock;
    this.#windowStart = clock.now();
  }

  debug(message: string, fields?: LogFields): void {
    this.#send('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#send('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#send('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#send('error', message, fields);
  }

  /** Says how many messages were dropped, once the flood is over. To be called now and then. */
  sweep(): void {
    if (this.#clock.now() - this.#windowStart < 1000) return;
    const dropped = this.#dropped;
    this.#windowStart = this.#clock.now();
    this.#sent = 0;
    this.#dropped = 0;
    if (dropped > 0) this.warn('Messages were dropped: the data thread had too many of them', { dropped });
  }

  #send(level: LogLevel, message: string, fields: LogFields | undefined): void {
    this.sweep();
    if (this.#sent >= maxPerSecond) {
      this.#dropped += 1;
      return;
    }
    this.#sent += 1;
    try {
      this.#post(fields === undefined ? { kind: 'log', level, message } : { kind: 'log', level, message, fields });
    } catch {
      this.#dropped += 1; // A field that cannot be cloned: the message is lost, the caller is not.
    }
  }
}
