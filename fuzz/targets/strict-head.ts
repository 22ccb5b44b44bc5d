import assert from 'node:assert/strict';

/**
 * Fails for an accepted head that two readers could end at two places, or read for two hosts: a second, short reading of
 * RFC 9112 sections 3.2, 5 and 6, of lines as they came.
 */
export function checkStrict(text: string, version: string): void {
  const [, ...lines] = text.split('\r\n');
  for (const line of lines) {
    assert.match(line, /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*$/, 'an odd line was taken');
  }
  const lengths = valuesOf(lines, 'content-length');
  const codings = valuesOf(lines, 'transfer-encoding');
  assert.ok(lengths.length + codings.length <= 1, 'two fields say where the message ends');
  assert.ok(
    lengths.every((value) => /^[0-9]{1,16}$/.test(value)),
    'a length that is none was taken',
  );
  assert.ok(
    codings.every((value) => value.toLowerCase() === 'chunked'),
    'an unknown coding was taken',
  );
  assert.ok(codings.length === 0 || version !== 'HTTP/1.0', 'a coding in HTTP/1.0 was taken');
}

/** Of a request. */
export function checkHost(text: string, version: string): void {
  const count = valuesOf(text.split('\r\n'), 'host').length;
  assert.ok(count === 1 || (count === 0 && version === 'HTTP/1.0'), `a head with ${count} hosts was taken`);
}

function valuesOf(lines: readonly string[], name: string): string[] {
  return lines.flatMap((line) => {
    const colon = line.indexOf(':');
    return line.slice(0, colon).toLowerCase() === name ? [line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')] : [];
  });
}
