import { ProxyError } from '../../core/errors.ts';
import { Field, fieldId, type FieldId } from '../../core/field-names.ts';
import { Headers } from '../../core/headers.ts';
import { isToken } from '../chars.ts';
import { crosses } from '../hop-by-hop.ts';
import type { Faults } from './faults.ts';
import { knownName } from './known-names.ts';
import type { MessageLimits } from './limits.ts';

const HTAB = 0x09;
const SP = 0x20;

/**
 * The fields of one message: in `headers` what goes from end to end, beside it what the hop is about. Repeats of the
 * latter are joined with a comma, so that a repeated Host or Content-Length is malformed by the rules for one.
 */
export class FieldSection {
  readonly headers: Headers = new Headers();
  /** Some name in `headers` has an underscore. */
  hasUnderscores = false;
  host: string | undefined = undefined;
  connection: string | undefined = undefined;
  transferEncoding: string | undefined = undefined;
  contentLength: string | undefined = undefined;
  te: string | undefined = undefined;
  upgrade: string | undefined = undefined;
  expect: string | undefined = undefined;

  /** Takes a field that does not cross; those that mean nothing to us are dropped. */
  take(id: FieldId, value: string): void {
    switch (id) {
      case Field.Host:
        this.host = joined(this.host, value);
        break;
      case Field.Connection:
        this.connection = joined(this.connection, value);
        break;
      case Field.TransferEncoding:
        this.transferEncoding = joined(this.transferEncoding, value);
        break;
      case Field.ContentLength:
        this.contentLength = joined(this.contentLength, value);
        break;
      case Field.Te:
        this.te = joined(this.te, value);
        break;
      case Field.Upgrade:
        this.upgrade = joined(this.upgrade, value);
        break;
      case Field.Expect:
        this.expect = joined(this.expect, value);
        break;
      default:
    }
  }
}

/**
 * Parses field lines from `text[from]` to its end. The text is a HeadReader's, which has judged its characters; here the
 * grammar of RFC 9112 section 5 is checked: no empty name, no white space before the colon.
 * @throws {ProxyError} by `faults`.
 */
export function parseFields(text: string, from: number, limits: MessageLimits, faults: Faults): FieldSection {
  const section = new FieldSection();
  let at = from;
  for (let count = 1; at < text.length; count++) {
    const end = lineEnd(text, at);
    if (count > limits.fields) throw new ProxyError(faults.size, `Cannot read the fields: more than ${limits.fields}`);
    if (end - at > limits.lineBytes) throw new ProxyError(faults.size, tooLong(limits));
    const colon = text.indexOf(':', at);
    if (colon < 0 || colon > end) throw new ProxyError(faults.syntax, 'Cannot read the fields: a line without a colon');
    const value = trimmed(text, colon + 1, end);
    const known = knownName(text, at, colon);
    if (known === undefined) addUnusual(section, text.slice(at, colon), value, faults);
    else put(section, known.name, value, known.id);
    at = end + 2;
  }
  return section;
}

/** Where the line ends that `from` lies in. A CR ends it: the HeadReader lets no other pass. */
export function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\r', from);
  return end < 0 ? text.length : end;
}

function put(section: FieldSection, name: string, value: string, id: FieldId): void {
  if (crosses(id)) section.headers.add(name, value, id);
  else section.take(id, value);
}

function addUnusual(section: FieldSection, name: string, value: string, faults: Faults): void {
  if (!isToken(name)) throw new ProxyError(faults.syntax, 'Cannot read the fields: a name is empty or no token');
  if (name.includes('_')) section.hasUnderscores = true;
  put(section, name, value, fieldId(name));
}

/** The text without the white space around it. */
function trimmed(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === SP || code === HTAB;
}

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`;
}

function tooLong(limits: MessageLimits): string {
  return `Cannot read the fields: a line is longer than ${limits.lineBytes} bytes`;
}
