import { maxWindow } from './codes.ts';

/** Bytes that we may send, on a stream or on a connection (RFC 9113 section 6.9). */
export class SendWindow {
  /** May be negative, after SETTINGS_INITIAL_WINDOW_SIZE has shrunk. */
  left: number;

  constructor(bytes: number) {
    this.left = bytes;
  }

  /** How many of so many bytes may go. */
  room(bytes: number): number {
    return this.left <= 0 ? 0 : Math.min(bytes, this.left);
  }

  /** So many bytes go: at most `room`. */
  take(bytes: number): void {
    this.left -= bytes;
  }

  /**
   * A WINDOW_UPDATE, or a change of the initial size, which may be negative.
   * @returns false: it would be more than 2^31 - 1, a FLOW_CONTROL_ERROR.
   */
  change(by: number): boolean {
    if (this.left + by > maxWindow) return false;
    this.left += by;
    return true;
  }
}

/**
 * Bytes that the peer may send, and the credit that it gets for those that have been used up. Between the two, a byte is held by
 * us: so what is held is never more than the window.
 */
export class ReceiveWindow {
  /** What the peer may still send. Negative only after `resize`. */
  left: number;
  #size: number;
  /** Used up, and not told yet. */
  #owed = 0;

  constructor(bytes: number) {
    this.left = bytes;
    this.#size = bytes;
  }

  /** What the peer may have on its way to us and with us. */
  get size(): number {
    return this.#size;
  }

  /** Bytes that came and that nobody has used up. */
  get held(): number {
    return this.#size - this.left - this.#owed;
  }

  /**
   * So many bytes came; padding counts.
   * @returns false: more than the peer may send, a FLOW_CONTROL_ERROR.
   */
  receive(bytes: number): boolean {
    // Nothing may come even where the window is negative.
    if (bytes > Math.max(0, this.left)) return false;
    this.left -= bytes;
    return true;
  }

  /**
   * So many bytes that came have been used up.
   * @returns the increment for a WINDOW_UPDATE that is due now: credit is saved up to half of the window, or of that part of it which
   * is not held. Were it half of all where more than that is held, the peer would wait for credit that never comes. 0: none.
   */
  credit(bytes: number): number {
    this.#owed += bytes;
    return this.#owed >= this.left ? this.flush() : 0;
  }

  /** The increment for all credit that is saved up, which from now on counts as told; 0: none. */
  flush(): number {
    const owed = this.#owed;
    this.left += owed;
    this.#owed = 0;
    return owed;
  }

  /**
   * Makes the window larger.
   * @returns the increment that has to be told.
   */
  grow(by: number): number {
    const allowed = Math.min(by, maxWindow - this.#size);
    this.#size += allowed;
    this.left += allowed;
    return allowed;
  }

  /** Our SETTINGS_INITIAL_WINDOW_SIZE has changed, and the peer has acknowledged it; `by` may be negative. */
  resize(by: number): void {
    this.#size += by;
    this.left += by;
  }
}
