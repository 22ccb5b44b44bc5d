import { Field } from '../../core/field-names.ts';
import type { Headers } from '../../core/headers.ts';
import type { AddressSet } from '../../core/ip.ts';
import type { ClientConnection } from '../exchange.ts';
import { ElementsFromRight } from './elements-from-right.ts';
import { readFor } from './forwarded-element.ts';
import { addressOfNode } from './node-address.ts';

/**
 * Who the client is. The peer, unless that is a trusted proxy: then X-Forwarded-For (or, where there is none, RFC 7239
 * `Forwarded`) is walked from the right over all trusted addresses, and the first other one is the client. An element that
 * is no address ends the walk: then the client is the last address before it, the one that nobody further left could forge.
 *
 * @returns normalised; the peer's address as it is (`unix` too) where nothing else is known.
 */
export function clientAddressOf(headers: Headers, client: ClientConnection, trusted: AddressSet): string {
  if (!client.trusted) return client.address;
  const usesList = headers.getById(Field.XForwardedFor) !== undefined;
  const elements = new ElementsFromRight(headers, usesList ? Field.XForwardedFor : Field.Forwarded);
  let address = client.address;
  for (let element = elements.next(); element !== undefined; element = elements.next()) {
    const node = usesList ? element : readFor(element);
    const before = node === undefined ? undefined : addressOfNode(node);
    if (before === undefined) return address;
    address = before;
    if (!trusted.has(address)) return address;
  }
  return address;
}
