import type { FieldId } from '../../core/field-names.ts';
import { fieldChar } from '../chars.ts';
import type { FieldKindValue, FieldName } from './field-kinds.ts';

const SP = 0x20;
const HTAB = 0x09;

/** What an entry of a table counts beside its name and value (RFC 7541 section 4.1, RFC 9113 section 6.5.2). */
export const fieldOverhead = 32;

/**
 * One field of a header block, judged when it was first read: what is repeated by its index is judged no more. Never
 * changed, since the table and several lists share it.
 */
export class HeaderField {
  /** Its name alone, for another field of that name. */
  readonly named: FieldName;
  readonly name: string;
  readonly value: string;
  readonly id: FieldId;
  readonly kind: FieldKindValue;
  /** Why it makes a message malformed: part of a sentence. */
  readonly fault: string | undefined;
  readonly size: number;
  /** It must not be indexed by anyone on its way (RFC 7541 section 6.2.3). */
  readonly neverIndexed: boolean;

  constructor(named: FieldName, value: string, neverIndexed: boolean) {
    this.named = named;
    this.name = named.name;
    this.value = value;
    this.id = named.id;
    this.kind = named.kind;
    this.fault = named.fault ?? faultOfValue(value);
    this.size = named.name.length + value.length + fieldOverhead;
    this.neverIndexed = neverIndexed;
  }
}

/** RFC 9113 section 8.2.1, and other control characters, which HTTP/1 refuses as well. */
function faultOfValue(value: string): string | undefined {
  if (value.length === 0) return undefined;
  if (isSpace(value.charCodeAt(0)) || isSpace(value.charCodeAt(value.length - 1)))
    return 'white space before or behind a value';
  for (let i = 0; i < value.length; i++)
    if (fieldChar[value.charCodeAt(i)] !== 1) return 'a character that no field may hold';
  return undefined;
}

function isSpace(code: number): boolean {
  return code === SP || code === HTAB;
}
