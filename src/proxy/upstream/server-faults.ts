import { ProxyError } from '../../core/errors.ts';

/** What servers do wrong in either protocol. */

/** 1xx answers before the final one that are still believed. */
export const MAX_INFORMATIONAL = 16;

export function tooInformative(): ProxyError {
  const why = `more than ${MAX_INFORMATIONAL} informational ones came before it`;
  return new ProxyError('server-junk', `Cannot read the answer: ${why}`);
}

export function headTooLate(ms: number): ProxyError {
  return new ProxyError('server-timeout', `Cannot read the answer: its head did not come in ${ms} ms`);
}

export function silentTooLong(ms: number): ProxyError {
  return new ProxyError('server-idle-timeout', `Cannot read the answer: the server was silent for ${ms} ms`);
}

export function takesNothing(): ProxyError {
  return new ProxyError('server-write-timeout', 'Cannot send the request: the server took no byte of it in time');
}
