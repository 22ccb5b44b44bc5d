import { Field, fieldId, type FieldId } from '../../core/field-names.ts';
import { isToken, tableOf } from '../chars.ts';
import { crosses } from '../hop-by-hop.ts';

/** What a field is to whoever makes a head of a list of them. From `Method` on: pseudo-headers. */
export const FieldKind = {
  /** Goes from end to end. */
  Plain: 0,
  Cookie: 1,
  Priority: 2,
  /** Plain, but some servers may take it for another one. */
  Underscored: 3,
  Host: 4,
  ContentLength: 5,
  Te: 6,
  Expect: 7,
  /** Of one hop, and of no meaning to us. */
  Dropped: 8,
  /** Of HTTP/1 connections: makes a message malformed (RFC 9113 section 8.2.2). */
  Forbidden: 9,
  /** Its name is none. */
  Broken: 10,
  Method: 11,
  Scheme: 12,
  Authority: 13,
  Path: 14,
  Protocol: 15,
  Status: 16,
} as const;

export type FieldKindValue = (typeof FieldKind)[keyof typeof FieldKind];

/** A name, judged once. */
export interface FieldName {
  readonly name: string;
  readonly id: FieldId;
  readonly kind: FieldKindValue;
  /** Why it is none: part of a sentence. */
  readonly fault: string | undefined;
}

const COLON = 0x3a;

const upperCaseLetter: Uint8Array = tableOf((byte) => byte >= 0x41 && byte <= 0x5a);

const special: ReadonlyMap<string, FieldKindValue> = new Map<string, FieldKindValue>([
  [':method', FieldKind.Method],
  [':scheme', FieldKind.Scheme],
  [':authority', FieldKind.Authority],
  [':path', FieldKind.Path],
  [':protocol', FieldKind.Protocol],
  [':status', FieldKind.Status],
  ['cookie', FieldKind.Cookie],
  ['priority', FieldKind.Priority],
  ['host', FieldKind.Host],
  ['content-length', FieldKind.ContentLength],
  ['te', FieldKind.Te],
  ['expect', FieldKind.Expect],
  ['connection', FieldKind.Forbidden],
  ['keep-alive', FieldKind.Forbidden],
  ['proxy-connection', FieldKind.Forbidden],
  ['transfer-encoding', FieldKind.Forbidden],
  ['upgrade', FieldKind.Forbidden],
]);

/**
 * Judges the name of a field as it stood in a header block (RFC 9113 sections 8.2.1 and 8.3). Bad ones are told, not
 * thrown: the block must be read to its end, for its state is the connection's.
 */
export function judgeName(name: string): FieldName {
  const kind = special.get(name);
  if (kind !== undefined) return { name, id: idOf(name, kind), kind, fault: undefined };
  if (name.charCodeAt(0) === COLON) return broken(name, 'a pseudo-header that is not known');
  if (!isToken(name)) return broken(name, 'a name is empty or no token');
  if (hasUpperCase(name)) return broken(name, 'a name has an upper-case letter');
  const id = fieldId(name);
  if (!crosses(id)) return { name, id, kind: FieldKind.Dropped, fault: undefined };
  return { name, id, kind: name.includes('_') ? FieldKind.Underscored : FieldKind.Plain, fault: undefined };
}

function idOf(name: string, kind: FieldKindValue): FieldId {
  return kind >= FieldKind.Method ? Field.Other : fieldId(name);
}

function broken(name: string, fault: string): FieldName {
  return { name, id: Field.Other, kind: FieldKind.Broken, fault };
}

function hasUpperCase(name: string): boolean {
  for (let i = 0; i < name.length; i++) if (upperCaseLetter[name.charCodeAt(i)] === 1) return true;
  return false;
}
