import { Field } from '../../core/field-names.ts';
import type { Headers } from '../../core/headers.ts';
import type { Exchange } from '../exchange.ts';
import { joinList } from './field-values.ts';

/**
 * Adds `Via` with our part behind what earlier proxies wrote (RFC 9110 section 7.6.3).
 *
 * @param before the value so far, taken out of the list; empty: none.
 * @param protocol the version by which the message was received.
 */
export function addVia(headers: Headers, before: string, protocol: Exchange['protocol']): void {
  headers.add('Via', joinList(before, `${protocol.slice('HTTP/'.length)} postern`), Field.Via);
}
