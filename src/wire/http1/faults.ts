import type { ErrorCode } from '../../core/errors.ts';

/** What a broken part of a message is called, by whose message it is. */
export interface Faults {
  /** It goes against the grammar. */
  readonly syntax: ErrorCode;
  /** Its first line is too long. */
  readonly line: ErrorCode;
  /** All of it, a later line or the number of fields is over a limit. */
  readonly size: ErrorCode;
}

export const requestFaults: Faults = { syntax: 'bad-request', line: 'uri-too-long', size: 'head-too-large' };
export const requestTrailerFaults: Faults = {
  syntax: 'bad-body',
  line: 'trailers-too-large',
  size: 'trailers-too-large',
};
/** Whatever is wrong with an answer, head or trailers, its server sent junk. */
export const responseFaults: Faults = { syntax: 'server-junk', line: 'server-junk', size: 'server-junk' };
