import type { Message } from '../harness/message.ts';

/** How a body without a length ends: there is none, or it goes on to the end of the connection. */
export type Otherwise = 'empty' | 'until close';

/** A message at the front of some bytes, and where it ends. */
export interface Found {
  readonly message: Message;
  readonly end: number;
}

/**
 * Reads the message that the bytes begin with, independently of the product's parser and as strictly as a server can: what
 * is not plain is an error, for nothing else may come out of a proxy.
 * @param bodiless what the head says of a body does not count: answers to HEAD, 1xx, 204, 304.
 * @returns undefined where it is not whole yet.
 * @throws Error where it is malformed.
 */
export function findMessage(
  bytes: Buffer,
  otherwise: Otherwise,
  bodiless?: (start: string) => boolean,
): Found | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [start = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  checkLines(start, lines);
  const head = { start, lines };
  const from = headEnd + 4;
  if (bodiless?.(start) === true) return foundOf(head, Buffer.alloc(0), from);
  const length = lengthOf(lines);
  if (length === 'chunked') return findChunked(head, bytes, from);
  if (length === undefined) return otherwise === 'empty' ? foundOf(head, Buffer.alloc(0), from) : undefined;
  const end = from + length;
  return end <= bytes.length ? foundOf(head, bytes.subarray(from, end), end) : undefined;
}

function checkLines(start: string, lines: readonly string[]): void {
  const odd = [start, ...lines].find((line) => /[\0\r\n]/.test(line));
  if (odd !== undefined) throw new Error(`a line ${JSON.stringify(odd)}`);
  const noField = lines.find((line) => !/^[!#-'*+\-.\dA-Z^-z|~]+:/.test(line));
  if (noField !== undefined) throw new Error(`a field ${JSON.stringify(noField)}`);
}

function lengthOf(lines: readonly string[]): number | 'chunked' | undefined {
  const lengths = valuesOf(lines, 'content-length');
  const codings = valuesOf(lines, 'transfer-encoding');
  if (lengths.length + codings.length > 1)
    throw new Error(`several lengths: ${[...lengths, ...codings].join(' and ')}`);
  const [coding] = codings;
  if (coding !== undefined) {
    if (coding.toLowerCase() !== 'chunked') throw new Error(`a coding ${JSON.stringify(coding)}`);
    return 'chunked';
  }
  const [length] = lengths;
  if (length !== undefined && !/^\d+$/.test(length)) throw new Error(`a length ${JSON.stringify(length)}`);
  return length === undefined ? undefined : Number(length);
}

type HeadLines = Pick<Message, 'start' | 'lines'>;

/** The values of a field, in order. */
export function valuesOf(lines: readonly string[], name: string): string[] {
  return lines
    .filter((line) => line.slice(0, line.indexOf(':')).toLowerCase() === name)
    .map((line) => line.slice(name.length + 1).trim());
}

function findChunked(head: HeadLines, bytes: Buffer, from: number): Found | undefined {
  const pieces: Buffer[] = [];
  for (let at = from; ;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const line = bytes.toString('latin1', at, lineEnd);
    if (!/^[0-9a-f]+(;.*)?$/i.test(line)) throw new Error(`a chunk ${JSON.stringify(line)}`);
    const size = Number.parseInt(line, 16);
    at = lineEnd + 2;
    if (size === 0) return findTrailers(head, Buffer.concat(pieces), bytes, at);
    if (bytes.length < at + size + 2) return undefined;
    if (bytes.toString('latin1', at + size, at + size + 2) !== '\r\n') throw new Error('a chunk without its end');
    pieces.push(bytes.subarray(at, at + size));
    at += size + 2;
  }
}

// oxlint-disable-next-line max-params -- what was found so far, and where to go on
function findTrailers(head: HeadLines, body: Buffer, bytes: Buffer, from: number): Found | undefined {
  if (bytes.toString('latin1', from, from + 2) === '\r\n') return foundOf(head, body, from + 2);
  const end = bytes.indexOf('\r\n\r\n', from);
  if (end < 0) return undefined;
  const trailers = bytes.toString('latin1', from, end).split('\r\n');
  return { message: { ...head, body, trailers, chunked: true }, end: end + 4 };
}

function foundOf(head: HeadLines, body: Buffer, end: number): Found {
  return { message: { ...head, body, trailers: [], chunked: false }, end };
}
