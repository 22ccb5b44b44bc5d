import { Field } from '../../core/field-names.ts';
import type { Headers } from '../../core/headers.ts';

/** version "-" trace-id "-" parent-id "-" flags */
const length = 2 + 1 + 32 + 1 + 16 + 1 + 2;
const noTrace = '0'.repeat(32);
const noParent = '0'.repeat(16);

/**
 * The 32 hex digits of the trace that the request belongs to, by W3C Trace Context's `traceparent`; empty where there is
 * none or it is not valid. A version after 00 may have more behind the flags.
 */
export function traceIdOf(headers: Headers): string {
  return traceparentOf(headers).slice(3, 35);
}

/** The whole field, checked as above; empty where there is none or it is not valid. */
export function traceparentOf(headers: Headers): string {
  const at = headers.ids.indexOf(Field.Traceparent);
  if (at < 0 || headers.ids.includes(Field.Traceparent, at + 1)) return '';
  const value = headers.values[at]!;
  return isTraceparent(value) ? value : '';
}

function isTraceparent(value: string): boolean {
  if (!hasKnownLength(value) || value.startsWith('ff')) return false;
  for (let i = 0; i < length; i++) {
    const isDash = i === 2 || i === 35 || i === 52;
    if (isDash ? value.charCodeAt(i) !== 0x2d : !isLowerHex(value.charCodeAt(i))) return false;
  }
  return !value.startsWith(noTrace, 3) && !value.startsWith(noParent, 36);
}

function hasKnownLength(value: string): boolean {
  if (value.length === length) return true;
  return value.length > length && value.charCodeAt(length) === 0x2d && !value.startsWith('00');
}

function isLowerHex(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66);
}
