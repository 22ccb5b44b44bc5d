import { ProxyError } from '../../core/errors.ts';
import type { Headers } from '../../core/headers.ts';
import type { Faults } from '../http1/faults.ts';
import { keepTrailers } from '../http1/trailers.ts';
import { FieldParts } from './field-parts.ts';
import type { HeaderField } from './header-field.ts';

/**
 * Makes trailers of the fields of a block that ends a stream (RFC 9113 section 8.1), and drops what does not belong there.
 * @param bytes that they may have, counted as `SETTINGS_MAX_HEADER_LIST_SIZE` is.
 * @returns undefined where nothing is left.
 * @throws {ProxyError} by `faults`: also for pseudo-headers.
 */
export function parseTrailerFields(fields: readonly HeaderField[], bytes: number, faults: Faults): Headers | undefined {
  let size = 0;
  for (const field of fields) size += field.size;
  if (size > bytes) throw new ProxyError(faults.size, `Cannot read the trailers: more than ${bytes} bytes`);
  const { headers, hasPseudo } = new FieldParts(fields, bytes, faults);
  if (hasPseudo) throw new ProxyError(faults.syntax, 'Cannot read the trailers: they have pseudo-headers');
  return keepTrailers(headers);
}
