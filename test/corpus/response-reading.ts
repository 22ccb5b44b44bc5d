/** How a connection stands: open, or ended by the other side in one of two ways. */
export type Ending = 'open' | 'fin' | 'reset';

/** What a client makes of the bytes that came, with RFC 9112 alone in its hand. */
export interface Reading {
  /** Statuses of the interim answers before the final one. */
  readonly interim: readonly number[];
  /** Of the final answer; 0: its head has not come. */
  readonly status: number;
  /** Field lines of the final answer, as they came. */
  readonly lines: readonly string[];
  readonly body: Buffer;
  readonly trailers: readonly string[];
  /** `open`: more is to come; `cut`: nothing more comes, and the client can tell that something is missing. */
  readonly state: 'open' | 'whole' | 'cut' | 'malformed';
  /** Where the answer ended: what lies behind it belongs to the next one. */
  readonly end: number;
  /** What no proxy may write, whatever it was given. */
  readonly faults: readonly string[];
}

interface Head {
  readonly status: number;
  readonly lines: readonly string[];
  readonly end: number;
  readonly faults: readonly string[];
}

interface Content {
  readonly body: Buffer;
  readonly trailers: readonly string[];
  readonly state: Reading['state'];
  readonly end: number;
}

const nothing: Buffer = Buffer.alloc(0);

/** Reads one answer that begins at `from`, anew each time: it keeps nothing and knows nothing of the product. */
export function readAnswer(bytes: Buffer, from: number, method: string, ending: Ending): Reading {
  const interim: number[] = [];
  const faults: string[] = [];
  let head = readHead(bytes, from);
  while (head !== undefined && head.status >= 100 && head.status < 200 && head.status !== 101) {
    interim.push(head.status);
    faults.push(...head.faults);
    head = readHead(bytes, head.end);
  }
  if (head === undefined) {
    const state = ending === 'open' ? 'open' : 'cut';
    return { interim, status: 0, lines: [], body: nothing, trailers: [], state, end: bytes.length, faults };
  }
  const content = readContent(bytes, head, method, ending);
  const state = content.state === 'open' && ending !== 'open' ? 'cut' : content.state;
  const { status, lines } = head;
  return { interim, status, lines, ...content, state, faults: [...faults, ...head.faults] };
}

/** The values of a field, in order. */
export function valuesOf(lines: readonly string[], name: string): string[] {
  const start = `${name.toLowerCase()}:`;
  return lines
    .filter((line) => line.toLowerCase().startsWith(start))
    .map((line) => line.slice(start.length).replace(/^[\t ]+|[\t ]+$/g, ''));
}

function readHead(bytes: Buffer, from: number): Head | undefined {
  const end = bytes.indexOf('\r\n\r\n', from, 'latin1');
  if (end < 0) return undefined;
  const [start = '', ...lines] = bytes.toString('latin1', from, end).split('\r\n');
  const status = /^HTTP\/1\.[01] ([1-5]\d\d) /.exec(start)?.[1];
  const faults = lines
    .filter((line) => !/^[!#$%&'*+.^_`|~\w-]+:/.test(line))
    .map((line) => `field line ${quoted(line)}`);
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  const odd = [start, ...lines].find((line) => /[\0-\x08\n-\x1f\x7f]/.test(line));
  if (status === undefined) faults.push(`status line ${quoted(start)}`);
  if (odd !== undefined) faults.push(`control character in ${quoted(odd)}`);
  return { status: Number(status ?? 999), lines, end: end + 4, faults };
}

function readContent(bytes: Buffer, head: Head, method: string, ending: Ending): Content {
  const { status, lines, end: from } = head;
  if (method === 'HEAD' || status === 204 || status === 304) return untilByte(bytes, from, from);
  const lengths = valuesOf(lines, 'content-length');
  const codings = valuesOf(lines, 'transfer-encoding');
  if (lengths.length + codings.length > 1) return unreadable(from);
  const [coding] = codings;
  if (coding !== undefined) return coding.toLowerCase() === 'chunked' ? readChunks(bytes, from) : unreadable(from);
  const [length] = lengths;
  if (length === undefined) return untilClose(bytes, from, ending);
  return /^\d{1,15}$/.test(length) ? untilByte(bytes, from, from + Number(length)) : unreadable(from);
}

function untilByte(bytes: Buffer, from: number, to: number): Content {
  const end = Math.min(bytes.length, to);
  return { body: bytes.subarray(from, end), trailers: [], state: end === to ? 'whole' : 'open', end };
}

function untilClose(bytes: Buffer, from: number, ending: Ending): Content {
  const state = ending === 'fin' ? 'whole' : 'open';
  return { body: bytes.subarray(from), trailers: [], state, end: bytes.length };
}

function readChunks(bytes: Buffer, from: number): Content {
  const pieces: Buffer[] = [];
  const content = (state: Reading['state'], end: number, trailers: readonly string[] = []): Content => ({
    body: Buffer.concat(pieces),
    trailers,
    state,
    end,
  });
  for (let at = from; ;) {
    const line = bytes.indexOf('\r\n', at, 'latin1');
    if (line < 0) return content('open', at);
    const size = /^[\da-f]{1,13}(?=;|$)/i.exec(bytes.toString('latin1', at, line))?.[0];
    if (size === undefined) return content('malformed', at);
    const start = line + 2;
    const end = start + Number.parseInt(size, 16);
    if (end === start) return readTrailers(bytes, start, content);
    pieces.push(bytes.subarray(start, end));
    if (bytes.length < end + 2) return content('open', at);
    if (bytes.toString('latin1', end, end + 2) !== '\r\n') return content('malformed', at);
    at = end + 2;
  }
}

function readTrailers(
  bytes: Buffer,
  from: number,
  content: (state: Reading['state'], end: number, trailers?: readonly string[]) => Content,
): Content {
  if (bytes.toString('latin1', from, from + 2) === '\r\n') return content('whole', from + 2);
  const end = bytes.indexOf('\r\n\r\n', from, 'latin1');
  if (end < 0) return content('open', from);
  return content('whole', end + 4, bytes.toString('latin1', from, end).split('\r\n'));
}

/** Its end cannot be told for sure. */
function unreadable(from: number): Content {
  return { body: nothing, trailers: [], state: 'malformed', end: from };
}

function quoted(line: string): string {
  return JSON.stringify(line.length > 60 ? `${line.slice(0, 60)}...` : line);
}
