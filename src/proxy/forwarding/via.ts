import { Field } from '../../core/field-names.ts';
import type { Headers } from '../../core/headers.ts';
import { joinList } from './field-values.ts';

/**
 * Adds `Via` with our part behind what earlier proxies wrote (RFC 9110 section 7.6.3).
 *
 * @param before the value so far, taken out of the list; empty: none.
 * @param protocol the version by which the message was received.
 */
export function addVia(headers: Headers, before: string, protocol: 'HTTP/1.0' | 'HTTP/1.1'): void {
  headers.add('Via', joinList(before, protocol === 'HTTP/1.1' ? '1.1 postern' : '1.0 postern'), Field.Via);
}
