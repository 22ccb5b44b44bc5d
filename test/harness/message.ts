import assert from 'node:assert/strict';

import type { RawPeer } from './raw-peer.ts';

/** A message as it came over the wire, read independently of the product's parser. */
export interface Message {
  /** The first line. */
  readonly start: string;
  /** Field lines as they came. */
  readonly lines: readonly string[];
  readonly body: Buffer;
  readonly trailers: readonly string[];
  /** Sizes of the chunks, where it came in chunks. */
  readonly chunked: boolean;
}

/** The values of a field, in order, whatever its case. */
export function valuesOf(message: Pick<Message, 'lines'>, name: string): string[] {
  return message.lines.flatMap((line) => {
    const colon = line.indexOf(':');
    return line.slice(0, colon).toLowerCase() === name.toLowerCase() ? [line.slice(colon + 1).trim()] : [];
  });
}

/** The only value of a field; undefined where there is none. */
export function valueOf(message: Pick<Message, 'lines'>, name: string): string | undefined {
  const values = valuesOf(message, name);
  assert.ok(values.length <= 1, `${name} came ${values.length} times`);
  return values[0];
}

export function textOf(message: Message): string {
  return message.body.toString('latin1');
}

export interface Head {
  readonly start: string;
  readonly lines: readonly string[];
}

export async function readHead(peer: RawPeer): Promise<Head> {
  const [start = '', ...lines] = (await peer.takeThrough('\r\n\r\n')).slice(0, -4).split('\r\n');
  return { start, lines };
}

/** Reads a request and its body. */
export async function readRequest(peer: RawPeer): Promise<Message> {
  const head = await readHead(peer);
  return readBody(peer, head, 'empty');
}

/** Reads an answer. `method` is the request's: an answer to HEAD has no body. */
export async function readAnswer(peer: RawPeer, method = 'GET'): Promise<Message> {
  const head = await readHead(peer);
  const status = statusOf(head);
  const bodiless = method === 'HEAD' || status < 200 || status === 204 || status === 304;
  if (bodiless) return { ...head, body: Buffer.alloc(0), trailers: [], chunked: false };
  return readBody(peer, head, 'until close');
}

export function statusOf(message: Pick<Message, 'start'>): number {
  assert.match(message.start, /^HTTP\/1\.1 \d{3} /);
  return Number(message.start.slice(9, 12));
}

/** Answers to as many pipelined GETs. */
export async function readAnswers(peer: RawPeer, count: number): Promise<Message[]> {
  const answers: Message[] = [];
  for (let i = 0; i < count; i++) answers.push(await readAnswer(peer));
  return answers;
}

async function readBody(peer: RawPeer, head: Head, otherwise: 'empty' | 'until close'): Promise<Message> {
  const length = valueOf(head, 'content-length');
  const coding = valueOf(head, 'transfer-encoding');
  assert.ok(length === undefined || coding === undefined, 'both Content-Length and Transfer-Encoding');
  if (coding !== undefined) return readChunks(peer, head);
  const end = otherwise === 'empty' ? Buffer.alloc(0) : undefined;
  const body = length === undefined ? (end ?? (await peer.takeRest())) : await peer.takeBytes(Number(length));
  return { ...head, body, trailers: [], chunked: false };
}

async function readChunks(peer: RawPeer, head: Head): Promise<Message> {
  const pieces: Buffer[] = [];
  for (;;) {
    const line = await peer.takeThrough('\r\n');
    assert.match(line, /^[0-9a-f]+(;.*)?\r\n$/i);
    const size = Number.parseInt(line, 16);
    if (size === 0) break;
    pieces.push(await peer.takeBytes(size));
    assert.equal(await peer.takeThrough('\r\n'), '\r\n');
  }
  const trailers: string[] = [];
  for (let line = await peer.takeThrough('\r\n'); line !== '\r\n'; line = await peer.takeThrough('\r\n')) {
    trailers.push(line.slice(0, -2));
  }
  return { ...head, body: Buffer.concat(pieces), trailers, chunked: true };
}
