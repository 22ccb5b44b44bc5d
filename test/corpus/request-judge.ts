import type { Message } from '../harness/message.ts';
import type { Heard, Refusal, RequestCase } from './cases.ts';
import { valuesOf } from './request-message.ts';
import type { RequestOutcome } from './request-outcome.ts';

/**
 * `unsafe`: the server heard something that had to be refused, or heard it in another meaning. `refused-valid`: something
 * that had to pass did not. `other`: nobody is harmed, but the answer, the end or a field is another one.
 */
export type Verdict = 'as-expected' | 'unsafe' | 'refused-valid' | 'other';

export interface Judgement {
  readonly verdict: Verdict;
  /** What is wrong; empty where nothing is. */
  readonly words: string;
}

/** Compares what became of a case with what must. The worst thing that is wrong is the verdict. */
export function judge(one: RequestCase, outcome: RequestOutcome): Judgement {
  return meaning(one, outcome) ?? answers(one, outcome) ?? { verdict: 'as-expected', words: '' };
}

/** What the server heard. */
function meaning(one: RequestCase, { heard, statuses }: RequestOutcome): Judgement | undefined {
  for (const [i, message] of heard.entries()) {
    const wanted = one.passed[i];
    if (wanted === undefined) return unsafe(`the server heard ${JSON.stringify(message.start)}`);
    const wrong = differs(wanted, message);
    if (wrong !== undefined) return unsafe(wrong);
  }
  if (heard.length === one.passed.length) return undefined;
  const words = `the server heard ${heard.length} of ${one.passed.length} requests, the statuses are [${statuses.join()}]`;
  return { verdict: statuses.some((status) => status >= 400) ? 'refused-valid' : 'other', words };
}

function differs(wanted: Heard, message: Message): string | undefined {
  const line = message.start.replace(/ HTTP\/1\.[01]$/, '');
  if (line !== wanted.line)
    return `the server heard ${JSON.stringify(line)} in place of ${JSON.stringify(wanted.line)}`;
  const body = wanted.body ?? Buffer.alloc(0);
  if (!message.body.equals(body)) return `the body of ${line} is ${excerpt(message.body)} in place of ${excerpt(body)}`;
  const present = wanted.without?.find((name) => valuesOf(message.lines, name.toLowerCase()).length > 0);
  if (present !== undefined) return `${line} has the field ${present}`;
  const extra =
    wanted.trailers && message.trailers.find((came) => !wanted.trailers!.some((one) => sameLine(one, came)));
  return extra === undefined ? undefined : `${line} has the trailer ${JSON.stringify(extra)}`;
}

function excerpt(bytes: Buffer): string {
  return JSON.stringify(bytes.toString('latin1', 0, 60));
}

/** What the client got, and fields that are missing. */
function answers(one: RequestCase, outcome: RequestOutcome): Judgement | undefined {
  const { passed, refused } = one;
  const wanted = [...passed.map(() => 200), ...(refused === undefined || refused.status === 0 ? [] : [refused.status])];
  const got = outcome.statuses;
  if (String(got) !== String(wanted)) return other(`the statuses are [${got.join()}] in place of [${wanted.join()}]`);
  if (outcome.rest !== '') return other(`behind the answers came ${JSON.stringify(outcome.rest.slice(0, 60))}`);
  if (refused !== undefined && outcome.ended === 'open') return other('the connection stayed open');
  return missing(passed, outcome.heard) ?? reasonOf(refused, outcome);
}

function missing(passed: readonly Heard[], heard: readonly Message[]): Judgement | undefined {
  for (const [i, { line, fields = [], trailers = [] }] of passed.entries()) {
    const { lines, trailers: came } = heard[i]!;
    const field = fields.find((wanted) => !hasLine(lines, wanted));
    if (field !== undefined) return other(`${line} is without ${JSON.stringify(field)}`);
    const trailer = trailers.find((wanted) => !hasLine(came, wanted));
    if (trailer !== undefined) return other(`${line} is without the trailer ${JSON.stringify(trailer)}`);
  }
  return undefined;
}

function hasLine(lines: readonly string[], wanted: string): boolean {
  return lines.some((line) => sameLine(wanted, line));
}

/** The same name, whatever its case, and the same value. */
function sameLine(wanted: string, line: string): boolean {
  const [a, b] = [wanted.indexOf(':'), line.indexOf(':')];
  if (wanted.slice(0, a).toLowerCase() !== line.slice(0, b).toLowerCase()) return false;
  return withoutBlanks(wanted.slice(a + 1)) === withoutBlanks(line.slice(b + 1));
}

/** Of SP and HTAB alone: trim() takes away a no-break space too, which is part of a value. */
function withoutBlanks(text: string): string {
  return text.replace(/^[ \t]+/, '').replace(/[ \t]+$/, '');
}

/** Our own refusals say why: another reason is a refusal by accident. Other proxies' answers have no such word. */
function reasonOf(refused: Refusal | undefined, { answers: all }: RequestOutcome): Judgement | undefined {
  const wanted = [refused?.reason ?? []].flat();
  const last = all.at(-1)?.body.toString('latin1') ?? '';
  const said = /^\{"error":"([a-z-]+)"/.exec(last)?.[1];
  if (refused === undefined || refused.status === 0 || said === undefined || wanted.length === 0) return undefined;
  return wanted.includes(said) ? undefined : other(`the reason is ${said} in place of ${wanted.join(' or ')}`);
}

function unsafe(words: string): Judgement {
  return { verdict: 'unsafe', words };
}

function other(words: string): Judgement {
  return { verdict: 'other', words };
}
