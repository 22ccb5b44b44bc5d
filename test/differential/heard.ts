import { hash } from 'node:crypto';

/** One request as a server understood it. */
export interface Heard {
  /** X-Request-Id, which Postern writes: the same as in its log line. Empty: it came from nobody knows where. */
  readonly id: string;
  readonly method: string;
  readonly target: string;
  /** Length and hash of the decoded body; undefined: it never came whole. */
  readonly body: string | undefined;
  /** What is wrong with its bytes. */
  readonly malformed?: string;
}

/** A body in a few characters. */
export function digestOf(body: Buffer): string {
  return body.length === 0 ? '0' : `${body.length} ${hash('sha1', body, 'base64')}`;
}

/** All that one server has heard since the last look. */
export class Ear {
  #heard: Heard[] = [];
  /** How much it has ever heard. */
  count = 0;

  add(heard: Heard): void {
    this.count += 1;
    this.#heard.push(heard);
  }

  take(): Heard[] {
    const heard = this.#heard;
    this.#heard = [];
    return heard;
  }
}

/** Names of the fields by which a server says in its answer what it has heard. */
export const heardId = 'X-Heard-Id';
export const heardTarget = 'X-Heard-Target';
