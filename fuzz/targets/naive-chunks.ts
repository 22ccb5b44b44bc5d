/** A chunked body, read the slow and obvious way (RFC 9112 section 7.1), to compare with. */
export interface NaiveBody {
  readonly payload: string;
  /** Field lines. */
  readonly trailers: readonly string[];
  /** Offset behind the body. */
  readonly end: number;
}

/** What is wrong with it is not said; `more`: it is not complete, and may be right so far. */
export type NaiveReading = NaiveBody | 'bad' | 'more';

interface NaiveLimits {
  readonly extensionBytes: number;
  readonly trailerBytes: number;
}

export function readChunksNaively(text: string, limits: NaiveLimits): NaiveReading {
  let payload = '';
  let extensions = 0;
  for (let at = 0; ;) {
    const line = readLine(text, at);
    if (typeof line === 'string') return line;
    extensions += line.extension.length;
    if (extensions > limits.extensionBytes) return 'bad';
    at = line.end;
    if (line.size === 0) return readTrailersNaively(text, at, payload, limits);
    if (text.length < at + line.size) return 'more';
    payload += text.slice(at, at + line.size);
    at += line.size + 2;
    const after = text.slice(at - 2, at);
    if (after !== '\r\n') return '\r\n'.startsWith(after) ? 'more' : 'bad';
  }
}

interface Line {
  readonly size: number;
  readonly extension: string;
  readonly end: number;
}

const token = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const quoted = '"(?:[\\t\\x20\\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*"';
const blanks = '[\\t ]*';
const extension = `${blanks};${blanks}${token}(?:${blanks}=${blanks}(?:${token}|${quoted}))?`;
const line = new RegExp(`^([0-9A-Fa-f]{1,16})((?:${extension})*)$`);

function readLine(text: string, at: number): Line | 'bad' | 'more' {
  const end = text.indexOf('\r\n', at);
  if (end < 0) return 'more';
  const match = line.exec(text.slice(at, end));
  const size = Number.parseInt(match?.[1] ?? '', 16);
  if (!(size <= Number.MAX_SAFE_INTEGER)) return 'bad';
  return { size, extension: match?.[2] ?? '', end: end + 2 };
}

function readTrailersNaively(text: string, from: number, payload: string, { trailerBytes }: NaiveLimits): NaiveReading {
  const trailers: string[] = [];
  for (let at = from; ;) {
    const end = text.indexOf('\r\n', at);
    if (end < 0) return 'more';
    if (end === at)
      return end + 2 - from > trailerBytes && trailers.length > 0 ? 'bad' : { payload, trailers, end: end + 2 };
    const trailer = text.slice(at, end);
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*$/.test(trailer)) return 'bad';
    trailers.push(trailer);
    at = end + 2;
  }
}
