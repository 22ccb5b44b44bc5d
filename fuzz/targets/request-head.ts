import assert from 'node:assert/strict';

import { ProxyError } from '../../src/core/errors.ts';
import { fieldChar, isToken } from '../../src/wire/chars.ts';
import { BodyDecoder } from '../../src/wire/http1/body-decoder.ts';
import { HeadReader } from '../../src/wire/http1/head-reader.ts';
import type { MessageLimits } from '../../src/wire/http1/limits.ts';
import { parseRequestHead, type RequestHead } from '../../src/wire/http1/request-head.ts';
import { requestHeadText } from '../../src/wire/http1/serialise.ts';
import type { Headers } from '../../src/core/headers.ts';
import type { Random } from '../engine/random.ts';
import { plainTarget, type Target } from '../engine/target.ts';
import { corpusRequests } from './corpus-seeds.ts';
import { requestSeeds, requestWords } from './http-words.ts';
import { outcomeOf, piecesOf } from './outcome.ts';
import { checkHost, checkStrict } from './strict-head.ts';
import { isKnownMethod, readRequestBySecond } from './second-reader.ts';

/** Small, so that inputs reach them. */
export const smallLimits: MessageLimits = {
  headBytes: 1500,
  fields: 20,
  lineBytes: 600,
  chunkExtensionBytes: 64,
  trailerBytes: 200,
};

/** Where a head ends and what it says. */
export interface FoundHead {
  readonly text: string;
  readonly end: number;
}

/** Reads the first head in pieces of a stream; undefined: it is not complete. */
export function findHead(pieces: readonly Buffer[], reader: HeadReader): FoundHead | undefined {
  let taken = 0;
  for (const piece of pieces) {
    const text = reader.read(piece, 0);
    if (text !== undefined) return { text, end: taken + reader.end };
    assert.equal(reader.end, piece.length, 'without a head all bytes are taken');
    taken += piece.length;
  }
  return undefined;
}

/** Names are tokens, values hold nothing that could end them. */
export function checkFields(headers: Headers): void {
  for (let i = 0; i < headers.length; i++) {
    assert.ok(isToken(headers.names[i]!), `no token: ${JSON.stringify(headers.names[i])}`);
    const value = headers.values[i]!;
    for (let at = 0; at < value.length; at++) assert.equal(fieldChar[value.charCodeAt(at)], 1, 'a control character');
    assert.equal(value, value.replace(/^[ \t]+|[ \t]+$/g, ''), 'white space round a value');
  }
}

export function pairsOf(headers: Headers): [string, string][] {
  return headers.names.map((name, i) => [name, headers.values[i]!]);
}

const about = {
  name: 'request-head',
  about:
    'a request is read alike however its bytes are split, is written back as it was read, and Node reads the same in it',
  seeds: () => [...requestSeeds, ...corpusRequests()],
  words: requestWords,
  longest: 2500,
};

export const requestHead: Target = plainTarget(about, async (input, random) => {
  const whole = outcomeOf(() => findHead([input], new HeadReader(smallLimits)));
  checkSplit(input, random, whole);
  if ('code' in whole || whole.value === undefined) return;
  const { text, end } = whole.value;
  assert.ok(text.length <= smallLimits.headBytes, 'longer than its limit');
  const parsed = outcomeOf(() => parseRequestHead(text, smallLimits));
  if ('code' in parsed) return;
  const version = /HTTP\/\d\.\d/.exec(text.split('\r\n', 1)[0]!.slice(-8))![0];
  checkStrict(text, version);
  checkHost(text, version);
  checkFields(parsed.value.headers);
  assert.ok(parsed.value.headers.length <= smallLimits.fields, 'more fields than their limit');
  await checkSecond(input, end, parsed.value);
  await checkWritten(parsed.value);
});

/** Where the whole is refused, pieces are too; which of several faults is named may depend on what came first. */
function checkSplit(input: Buffer, random: Random, whole: ReturnType<typeof outcomeOf<FoundHead | undefined>>): void {
  const split = outcomeOf(() => findHead(piecesOf(input, random), new HeadReader(smallLimits)));
  if ('code' in whole || 'code' in split) assert.deepEqual(Object.keys(split), Object.keys(whole), 'split or not');
  else assert.deepEqual(split.value, whole.value, 'split or not');
}

/** What both accept they must understand alike: method, target, fields and body. */
async function checkSecond(input: Buffer, end: number, head: RequestHead): Promise<void> {
  if (!isKnownMethod(head.method)) return;
  const body = bodyOf(input, end, head);
  if (body === undefined) return;
  const second = await readRequestBySecond(input);
  if (second === undefined) return;
  assert.equal(originForm(second.start.split(' ')[1]!, head.method), head.target.raw, 'target');
  assert.equal(second.start.split(' ')[0], head.method, 'method');
  if (head.upgrade === undefined && second.body !== body) assert.equal(second.body, body, 'body');
}

/** What a target of any form asks a server for. */
function originForm(target: string, method: string): string {
  const absolute = /^https?:\/\/[^/?]*/i.exec(target);
  if (absolute === null) return target;
  const rest = target.slice(absolute[0].length);
  if (rest === '') return method === 'OPTIONS' ? '*' : '/';
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** The body that follows; undefined: it is refused or not complete. */
function bodyOf(input: Buffer, end: number, head: RequestHead): string | undefined {
  const decoder = new BodyDecoder(head.bodyLength, smallLimits, 'client');
  try {
    const bytes = decoder.done ? undefined : decoder.decode(Buffer.from(input), end);
    return decoder.done ? (bytes?.toString('latin1') ?? '') : undefined;
  } catch (error) {
    if (error instanceof ProxyError) return undefined;
    throw error;
  }
}

/** What goes out is read the same by us and by the server. */
async function checkWritten(head: RequestHead): Promise<void> {
  const { method, headers, target } = head;
  // HTTP/1.0 may leave it out; then the server is told its own name.
  const authority = head.authority === '' ? 'server.test' : head.authority;
  const text = requestHeadText(method, target.raw, authority, headers, '');
  const again = findHead(
    [Buffer.from(text, 'latin1')],
    new HeadReader({ ...smallLimits, headBytes: 65_536, lineBytes: 65_536 }),
  );
  assert.ok(again !== undefined && again.end === text.length, 'what is written is not one head');
  const reread = parseRequestHead(again.text, { ...smallLimits, lineBytes: 65_536, fields: 100 });
  assert.deepEqual(pairsOf(reread.headers), pairsOf(headers), 'fields change by being written');
  if (head.authority !== '') assert.equal(reread.host, head.host, 'the host changes by being written');
  if (!isKnownMethod(method)) return;
  const second = await readRequestBySecond(Buffer.from(text, 'latin1'));
  assert.ok(second, `Node refuses what is written: ${JSON.stringify(text)}`);
  assert.equal(second.start, `${method} ${target.raw} HTTP/1.1`);
  const sent = second.fields.filter(([name]) => name.toLowerCase() !== 'host');
  assert.deepEqual(sent, pairsOf(headers), 'Node reads other fields');
}
