import type { Message } from '../harness/message.ts';
import type { Heard, RequestCase } from './cases.ts';
import { judge, type Judgement } from './request-judge.ts';
import type { RequestOutcome } from './request-run.ts';

/**
 * Judges any proxy. Not unsafe, though not as expected, is what Postern never does: to pass the absolute form on as it is,
 * and to answer one of several requests by itself and go on with the next.
 */
export function judgeFairly(one: RequestCase, outcome: RequestOutcome): Judgement {
  const judgement = judge(one, outcome);
  if (judgement.verdict !== 'unsafe') return judgement;
  const heard = outcome.heard.map(inOriginForm);
  const passed = inOrder(one.passed, heard);
  if (passed.length < heard.length || judge({ ...one, passed }, { ...outcome, heard }).verdict === 'unsafe') {
    return judgement;
  }
  return { verdict: passed.length < one.passed.length ? 'refused-valid' : 'other', words: judgement.words };
}

function inOriginForm(message: Message): Message {
  const start = message.start.replace(/^(\S+) http:\/\/[^/?\s]*(\S*) /i, (_, method: string, rest: string) => {
    const nothing = method === 'OPTIONS' ? '*' : '/';
    return `${method} ${rest === '' ? nothing : rest} `;
  });
  return { ...message, start };
}

/** Those of the expected requests that were heard, as far as they were heard in order. */
function inOrder(passed: readonly Heard[], heard: readonly Message[]): Heard[] {
  const found: Heard[] = [];
  for (const one of passed) {
    if (heard[found.length]?.start.startsWith(`${one.line} `)) found.push(one);
  }
  return found;
}
