/** `5; url=/next`: seconds, then a reference that may stand in quotes (HTML, section 4.2.5.3). */
export function mapRefresh(value: string, map: (url: string) => string): string {
  let at = skip(value, 0, isNumeric);
  at = skip(value, at, isSpace);
  const code = value.charCodeAt(at);
  if (code !== 0x3b && code !== 0x2c) return value;
  at = skip(value, at + 1, isSpace);
  at = afterUrlEquals(value, at);
  const quote = value.charCodeAt(at);
  const quoted = quote === 0x22 || quote === 0x27;
  if (quoted) at++;
  const close = quoted ? value.indexOf(value[at - 1]!, at) : -1;
  const end = close < 0 ? value.length : close;
  return value.slice(0, at) + map(value.slice(at, end)) + value.slice(end);
}

/** Every `<...>` of a `Link` field (RFC 8288); what stands in quoted strings is none. */
export function mapLinks(value: string, map: (url: string) => string): string {
  let out = '';
  let done = 0;
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code === 0x22) at = endOfString(value, at);
    if (code !== 0x3c) continue;
    const end = value.indexOf('>', at);
    if (end < 0) break;
    out += value.slice(done, at + 1) + map(value.slice(at + 1, end));
    done = at = end;
  }
  return out + value.slice(done);
}

/** Place of the closing quote, or of the end. */
function endOfString(value: string, open: number): number {
  for (let at = open + 1; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code === 0x5c) at++;
    else if (code === 0x22) return at;
  }
  return value.length;
}

/** Behind `url =`, or where it began: browsers do without it. */
function afterUrlEquals(value: string, at: number): number {
  if (value.slice(at, at + 3).toLowerCase() !== 'url') return at;
  const equals = skip(value, at + 3, isSpace);
  return value.charCodeAt(equals) === 0x3d ? skip(value, equals + 1, isSpace) : at;
}

function skip(value: string, from: number, holds: (code: number) => boolean): number {
  let at = from;
  while (at < value.length && holds(value.charCodeAt(at))) at++;
  return at;
}

function isNumeric(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || code === 0x2e || isSpace(code);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
