/** What a reader of the bytes that a server is sent makes of one request. */
export interface WireRequest {
  readonly method: string;
  readonly target: string;
  /** Value of X-Request-Id, by which it is told whose it is; empty: none. */
  readonly id: string;
  readonly body: Buffer;
  readonly expectsContinue: boolean;
  readonly closes: boolean;
}

/** `more`: not all of it is there; `start` is its first line, where that is whole and its head is too. */
export type Reading =
  | { readonly kind: 'more'; readonly begun: WireRequest | undefined }
  | { readonly kind: 'malformed'; readonly why: string }
  | { readonly kind: 'request'; readonly request: WireRequest; readonly end: number };

const nothing = Buffer.alloc(0);
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const startLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([!-~\x80-\xff]+) HTTP\/1\.([01])$/;

/**
 * Reads one request, with nothing of the product's parser and with no leniency (RFC 9112): whatever two servers might read
 * differently is malformed. It takes up a whole buffer from its beginning each time, as befits a test.
 */
export function readStrictly(bytes: Buffer): Reading {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return bytes.length > 200_000 ? malformed('an endless head') : { kind: 'more', begun: undefined };
  const [start = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const first = startLine.exec(start);
  if (first === null) return malformed(`the request line ${JSON.stringify(start.slice(0, 200))}`);
  const fields = fieldsOf(lines);
  if (typeof fields === 'string') return malformed(fields);
  const connection = one(fields, 'connection').toLowerCase();
  const request = {
    method: first[1]!,
    target: first[2]!,
    id: one(fields, 'x-request-id'),
    body: nothing,
    expectsContinue: fields.has('expect'),
    closes: connection.includes('close') || (first[3] === '0' && !connection.includes('keep-alive')),
  };
  return readBody(bytes, headEnd + 4, fields, request);
}

type Fields = ReadonlyMap<string, readonly string[]>;

/** The fields by lower-case name, or what is wrong with them. */
function fieldsOf(lines: readonly string[]): Fields | string {
  const fields = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    if (colon < 0 || !token.test(name)) return `the field line ${JSON.stringify(line.slice(0, 200))}`;
    const value = line.slice(colon + 1);
    if (/[\0-\x08\x0a-\x1f\x7f]/.test(value)) return `a control character in ${name}`;
    const known = fields.get(name.toLowerCase());
    if (known) known.push(value.trim());
    else fields.set(name.toLowerCase(), [value.trim()]);
  }
  return fields;
}

/** Its values as one list. */
function one(fields: Fields, name: string): string {
  return fields.get(name)?.join(', ') ?? '';
}

function readBody(bytes: Buffer, at: number, fields: Fields, request: WireRequest): Reading {
  const length = fields.get('content-length');
  const coding = fields.get('transfer-encoding');
  if (coding !== undefined) {
    if (length !== undefined) return malformed('both Content-Length and Transfer-Encoding');
    if (coding.length !== 1 || coding[0]!.toLowerCase() !== 'chunked') return malformed('an odd Transfer-Encoding');
    return readChunks(bytes, at, request);
  }
  if (length === undefined) return { kind: 'request', request, end: at };
  if (length.length !== 1 || !/^\d{1,16}$/.test(length[0]!)) return malformed('an odd Content-Length');
  const end = at + Number(length[0]);
  if (bytes.length < end) return { kind: 'more', begun: request };
  return { kind: 'request', request: { ...request, body: bytes.subarray(at, end) }, end };
}

function readChunks(bytes: Buffer, from: number, request: WireRequest): Reading {
  const pieces: Buffer[] = [];
  for (let at = from; ;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return { kind: 'more', begun: request };
    const line = bytes.toString('latin1', at, lineEnd);
    if (!/^[0-9A-Fa-f]{1,12}(?:[ \t]*;[^\0-\x08\x0a-\x1f\x7f]*)?$/.test(line))
      return malformed(`the chunk line ${JSON.stringify(line.slice(0, 200))}`);
    const size = Number.parseInt(line, 16);
    at = lineEnd + 2;
    if (size === 0) return readTrailers(bytes, at, { ...request, body: Buffer.concat(pieces) });
    if (bytes.length < at + size + 2) return { kind: 'more', begun: request };
    pieces.push(bytes.subarray(at, at + size));
    at += size + 2;
    if (bytes.toString('latin1', at - 2, at) !== '\r\n') return malformed('a chunk that does not end where it says');
  }
}

function readTrailers(bytes: Buffer, at: number, request: WireRequest): Reading {
  if (bytes.toString('latin1', at, at + 2) === '\r\n') return { kind: 'request', request, end: at + 2 };
  const end = bytes.indexOf('\r\n\r\n', at);
  if (end < 0) return { kind: 'more', begun: request };
  const fields = fieldsOf(bytes.toString('latin1', at, end).split('\r\n'));
  if (typeof fields === 'string') return malformed(`in the trailers ${fields}`);
  return { kind: 'request', request, end: end + 4 };
}

function malformed(why: string): Reading {
  return { kind: 'malformed', why };
}
