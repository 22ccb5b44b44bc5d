import { ProxyError } from '../../core/errors.ts';
import { Headers } from '../../core/headers.ts';
import { removeTwins } from '../hop-by-hop.ts';
import type { Faults } from '../http1/faults.ts';
import { FieldKind } from './field-kinds.ts';
import { fieldOverhead, type HeaderField } from './header-field.ts';

/**
 * A list of fields, sorted by what they are: in `headers` what goes from end to end, beside it pseudo-headers and what the hop is
 * about. Repeats of the latter are joined with a comma, so that a repeated Host or Content-Length is malformed by the rules for one.
 */
export class FieldParts {
  readonly headers: Headers = new Headers();
  method: string | undefined = undefined;
  scheme: string | undefined = undefined;
  authority: string | undefined = undefined;
  path: string | undefined = undefined;
  protocol: string | undefined = undefined;
  status: string | undefined = undefined;
  host: string | undefined = undefined;
  contentLength: string | undefined = undefined;
  te: string | undefined = undefined;
  expect: string | undefined = undefined;
  priority: string | undefined = undefined;
  /** Names of fields that nobody may index, so nor may we where we send them on (RFC 7541 section 6.2.3). */
  neverIndexed: string[] | undefined = undefined;
  /** Some pseudo-header is there. */
  hasPseudo = false;
  readonly #faults: Faults;
  #hasFields = false;
  #hasUnderscores = false;
  #cookieAt = -1;

  /**
   * @param lineBytes of one field.
   * @throws {ProxyError} by `faults`: a field that no message may have (RFC 9113 section 8.2), a pseudo-header that is repeated or
   * stands behind other fields (section 8.3), or a field that is too long.
   */
  constructor(fields: readonly HeaderField[], lineBytes: number, faults: Faults) {
    this.#faults = faults;
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i]!;
      if (field.fault !== undefined) throw this.#malformed(field.fault);
      if (field.size - fieldOverhead > lineBytes) throw this.#tooLong(field, lineBytes);
      if (field.neverIndexed) (this.neverIndexed ??= []).push(field.name);
      if (field.kind >= FieldKind.Method) this.#pseudo(field);
      else this.#regular(field);
    }
    if (this.#hasUnderscores) removeTwins(this.headers);
    this.headers.neverIndexed = this.neverIndexed;
  }

  #regular(field: HeaderField): void {
    this.#hasFields = true;
    if (field.kind === FieldKind.Plain) this.headers.add(field.name, field.value, field.id);
    else this.#special(field);
  }

  #special(field: HeaderField): void {
    const { kind, value } = field;
    switch (kind) {
      case FieldKind.Cookie:
        return this.#cookie(field);
      case FieldKind.Host:
        this.host = joined(this.host, value);
        return;
      case FieldKind.ContentLength:
        this.contentLength = joined(this.contentLength, value);
        return;
      case FieldKind.Te:
        if (value.toLowerCase() !== 'trailers') throw this.#malformed('a TE other than trailers');
        this.te = 'trailers';
        return;
      case FieldKind.Expect:
        this.expect = joined(this.expect, value);
        return;
      case FieldKind.Forbidden:
        throw this.#malformed(`${field.name} belongs to HTTP/1`);
      case FieldKind.Dropped:
        return;
      default:
        if (kind === FieldKind.Priority) this.priority = joined(this.priority, value);
        if (kind === FieldKind.Underscored) this.#hasUnderscores = true;
        this.headers.add(field.name, value, field.id);
    }
  }

  /** Crumbs of a cookie become one field again, at the place of the first (RFC 9113 section 8.2.3). */
  #cookie({ name, value, id }: HeaderField): void {
    const { headers } = this;
    if (this.#cookieAt < 0) {
      this.#cookieAt = headers.length;
      headers.add(name, value, id);
      return;
    }
    // An empty crumb would leave a separator, and white space, at an end.
    const before = headers.values[this.#cookieAt]!;
    headers.values[this.#cookieAt] = before === '' || value === '' ? before + value : `${before}; ${value}`;
  }

  #pseudo({ kind, name, value }: HeaderField): void {
    if (this.#hasFields) throw this.#malformed(`${name} stands behind other fields`);
    this.hasPseudo = true;
    switch (kind) {
      case FieldKind.Method:
        this.method = this.#once(this.method, value, name);
        break;
      case FieldKind.Scheme:
        this.scheme = this.#once(this.scheme, value, name);
        break;
      case FieldKind.Authority:
        this.authority = this.#once(this.authority, value, name);
        break;
      case FieldKind.Path:
        this.path = this.#once(this.path, value, name);
        break;
      case FieldKind.Protocol:
        this.protocol = this.#once(this.protocol, value, name);
        break;
      default:
        this.status = this.#once(this.status, value, name);
    }
  }

  #once(before: string | undefined, value: string, name: string): string {
    if (before !== undefined) throw this.#malformed(`${name} is repeated`);
    return value;
  }

  #tooLong(field: HeaderField, lineBytes: number): ProxyError {
    if (field.kind === FieldKind.Path)
      return new ProxyError(this.#faults.line, `Cannot read the path: it is longer than ${lineBytes} bytes`);
    return new ProxyError(this.#faults.size, `Cannot read the fields: one is longer than ${lineBytes} bytes`);
  }

  #malformed(why: string): ProxyError {
    return new ProxyError(this.#faults.syntax, `Cannot read the fields: ${why}`);
  }
}

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`;
}
