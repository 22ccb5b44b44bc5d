import type { HeaderField } from '../../wire/http2/header-field.ts';
import type { Http2Error } from '../../wire/http2/http2-error.ts';
import type { Http2Stream } from './stream.ts';

/** The connection that a session is on. None of its calls throws. */
export interface SessionOwner {
  /** A client opens a stream; it is to be given its user. @param fields lent. @param whole false: the list was over its limit. */
  streamOpened(stream: Http2Stream, fields: readonly HeaderField[], endStream: boolean, whole: boolean): void;
  /** A stream has left, in whatever way. Called before its user hears of it. */
  streamGone(stream: Http2Stream): void;
  /** The peer's settings have come, the first ones or others. */
  settingsCame(): void;
  /** The peer takes no streams any more; those that it did nothing with have ended. */
  goawayCame(code: number): void;
  /** A PING of ours has come back. */
  pingCame(): void;
  /** The peer broke a rule, or floods us: GOAWAY is on its way, all streams have ended, and nothing is read any more. */
  broken(error: Http2Error): void;
  /** All that waited has left. */
  roomAgain(): void;
  /** The peer took no byte for too long. */
  writeStalled(): void;
}
