import type { Http2CodeValue } from './codes.ts';

/**
 * The peer broke a rule in a way that ends the connection: GOAWAY with `code`, then close. The message is for the log.
 * What ends a single stream is no exception: the reader goes on, and tells its sink.
 */
export class Http2Error extends Error {
  readonly code: Http2CodeValue;

  /** The message has the form "Cannot <what was tried>: <bound or cause>" and no full stop. */
  constructor(code: Http2CodeValue, message: string) {
    super(message);
    this.name = 'Http2Error';
    this.code = code;
  }
}
