import type { Headers } from '../../core/headers.ts';
import type { HpackEncoder } from './hpack-encoder.ts';

/** The pseudo-headers of a request. */
export interface RequestPseudo {
  readonly method: string;
  readonly scheme: string;
  /** Empty: the request named none. */
  readonly authority: string;
  readonly path: string;
  /** Of an extended CONNECT (RFC 8441). */
  readonly protocol?: string | undefined;
}

/**
 * Writes the fields of a request into a block that has been begun. What is not from end to end (`te`, `content-length`) is added by
 * the caller, by `encoder.field`.
 * @param neverIndexed of the head that the fields come from.
 */
export function writeRequestFields(
  encoder: HpackEncoder,
  { method, scheme, authority, path, protocol }: RequestPseudo,
  headers: Headers,
  neverIndexed?: readonly string[],
): void {
  encoder.field(':method', method);
  if (protocol !== undefined) encoder.field(':protocol', protocol);
  encoder.field(':scheme', scheme);
  if (authority !== '') writeField(encoder, ':authority', authority, neverIndexed);
  writeField(encoder, ':path', path, neverIndexed);
  writeFields(encoder, headers, neverIndexed);
}

/** Writes fields alone, behind `:status` or as trailers; as above. */
export function writeFields(
  encoder: HpackEncoder,
  headers: Headers,
  neverIndexed: readonly string[] | undefined = headers.neverIndexed,
): void {
  if (neverIndexed === undefined) return encoder.fields(headers);
  const { names, values } = headers;
  for (let i = 0; i < names.length; i++) writeField(encoder, names[i]!, values[i]!, neverIndexed);
}

function writeField(
  encoder: HpackEncoder,
  name: string,
  value: string,
  neverIndexed: readonly string[] | undefined,
): void {
  if (neverIndexed?.includes(name)) encoder.secret(name, value);
  else encoder.field(name, value);
}
