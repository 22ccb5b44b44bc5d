import { Field } from '../core/field-names.ts';
import type { Headers } from '../core/headers.ts';

/**
 * NTLM, and Negotiate as servers implement it, authenticate a connection and not a request (RFC 4559 section 6): whoever
 * sends on that connection afterwards is taken for the same user.
 */
export function authenticatesConnection(headers: Headers): boolean {
  if (!headers.ids.includes(Field.Authorization)) return false;
  // All of them: which of two a server heeds is not ours to say.
  return headers.getAll('Authorization').some((credentials) => /^(?:ntlm|negotiate)(?:[ \t]|$)/i.test(credentials));
}
