import assert from 'node:assert/strict';

import { ProxyError } from '../../src/core/errors.ts';
import { BodyDecoder } from '../../src/wire/http1/body-decoder.ts';
import { responseFaults } from '../../src/wire/http1/faults.ts';
import { HeadReader } from '../../src/wire/http1/head-reader.ts';
import { parseResponseHead, responseBodyLength, type ResponseHead } from '../../src/wire/http1/response-head.ts';
import { responseHeadText } from '../../src/wire/http1/serialise.ts';
import { plainTarget, type Target } from '../engine/target.ts';
import { corpusResponses } from './corpus-seeds.ts';
import { responseSeeds, responseWords } from './http-words.ts';
import { outcomeOf, piecesOf } from './outcome.ts';
import { checkFields, findHead, pairsOf, smallLimits } from './request-head.ts';
import { checkStrict } from './strict-head.ts';
import { readResponseBySecond } from './second-reader.ts';

const about = {
  name: 'response-head',
  about:
    'an answer is read alike however its bytes are split, is written back as it was read, and Node reads the same in it',
  seeds: () => [...responseSeeds, ...corpusResponses()],
  words: responseWords,
  longest: 2500,
};

export const responseHead: Target = plainTarget(about, async (input, random) => {
  const lenient = random.oneIn(4);
  const reader = (): HeadReader => new HeadReader(smallLimits, { lenient, faults: responseFaults });
  const whole = outcomeOf(() => findHead([input], reader()));
  const split = outcomeOf(() => findHead(piecesOf(input, random), reader()));
  assert.deepEqual(split, whole, 'split or not');
  if ('code' in whole || whole.value === undefined) return;
  const { text, end } = whole.value;
  const parsed = outcomeOf(() => parseResponseHead(text, smallLimits));
  if ('code' in parsed) return;
  const head = parsed.value;
  checkStrict(text, text.slice(0, 8));
  checkFields(head.headers);
  assert.ok(head.status >= 100 && head.status <= 599, 'status');
  await checkWritten(head);
  // Before a final answer there may be others, which would have to be taken apart here first.
  // And llhttp takes a tab behind `chunked` for a part of it, which RFC 9110 section 5.5 has left out.
  if (!lenient && head.status >= 200 && !/\t *(?:\r\n|$)/.test(text))
    await checkSecond(input, end, head, random.pick(['GET', 'HEAD']));
});

/** What both take for a whole answer they must understand alike. */
async function checkSecond(input: Buffer, end: number, head: ResponseHead, method: string): Promise<void> {
  const body = bodyOf(input, end, responseBodyLength(head, method));
  if (body === undefined) return;
  const second = await readResponseBySecond(input, method);
  if (second === undefined) return;
  assert.equal(Number(second.start.split(' ')[1]), head.status, 'status');
  assert.equal(second.body, body, 'body');
}

/** The body that follows, when the connection ends behind these bytes; undefined: refused or not complete. */
function bodyOf(input: Buffer, end: number, length: number): string | undefined {
  const decoder = new BodyDecoder(length, smallLimits, 'server');
  try {
    const bytes = decoder.done ? undefined : decoder.decode(Buffer.from(input), end);
    return decoder.finish() ? (bytes?.toString('latin1') ?? '') : undefined;
  } catch (error) {
    if (error instanceof ProxyError) return undefined;
    throw error;
  }
}

async function checkWritten({ status, reason, headers }: ResponseHead): Promise<void> {
  const text = responseHeadText(status, reason, headers, 'Content-Length: 0\r\n');
  const roomy = { ...smallLimits, headBytes: 65_536, lineBytes: 65_536, fields: 100 };
  const again = findHead([Buffer.from(text, 'latin1')], new HeadReader(roomy));
  assert.ok(again !== undefined && again.end === text.length, 'what is written is not one head');
  const reread = parseResponseHead(again.text, roomy);
  assert.equal(reread.status, status);
  assert.deepEqual(pairsOf(reread.headers), pairsOf(headers), 'fields change by being written');
  if (status < 200) return;
  const second = await readResponseBySecond(Buffer.from(text, 'latin1'), 'GET');
  assert.ok(second, `Node refuses what is written: ${JSON.stringify(text)}`);
  assert.deepEqual(second.fields, [...pairsOf(headers), ['Content-Length', '0']], 'Node reads other fields');
}
