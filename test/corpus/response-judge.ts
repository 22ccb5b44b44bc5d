import type { Answered, Refusal, ResponseCase } from './cases.ts';
import { valuesOf } from './response-reading.ts';
import type { ResponseOutcome } from './response-run.ts';

/**
 * - `as-expected`: what the case asks for; where it is `free`, anything that is not unsafe.
 * - `unsafe`: the client, or the next one, was given something in another meaning: a part for the whole, a rest for the next
 *   answer, a field that the server did not send, or bytes of which nobody can tell where they end.
 * - `refused-valid`: a valid answer did not pass.
 * - `other`: anything else, such as a malformed answer that was cleaned and passed.
 */
export type Verdict = 'as-expected' | 'unsafe' | 'refused-valid' | 'other';

export interface Judgement {
  readonly verdict: Verdict;
  /** What differs from the case, a line each. */
  readonly words: readonly string[];
}

/** Judges any proxy. */
export function judge(one: ResponseCase, outcome: ResponseOutcome): Judgement {
  const unsafe = dangers(one, outcome);
  if (unsafe.length > 0) return { verdict: 'unsafe', words: unsafe };
  const words = differences(one, outcome);
  if (words.length === 0 || one.free) return { verdict: 'as-expected', words };
  const refused = one.passed !== undefined && !passedOn(one, outcome);
  return { verdict: refused ? 'refused-valid' : 'other', words };
}

/** All that differs from the case, also where the case leaves it open. */
export function differences(one: ResponseCase, outcome: ResponseOutcome): string[] {
  const words = [...dangers(one, outcome), ...besideAnswer(one, outcome)];
  if (one.passed) return [...words, ...unlikePassed(one.passed, outcome)];
  if (one.refused) return [...words, ...unlikeRefused(one.refused, outcome)];
  return [...words, ...unlikeCut(one.cut!, outcome)];
}

/** The client got a final answer that the proxy did not make. */
function passedOn(one: ResponseCase, { reading }: ResponseOutcome): boolean {
  if (reading.state !== 'whole') return false;
  return reading.status < 500 || reading.status === one.passed?.status;
}

function dangers(one: ResponseCase, outcome: ResponseOutcome): string[] {
  const { reading, extra, next } = outcome;
  const words = [...reading.faults.map((fault) => `the client got a malformed ${fault}`)];
  if (reading.state === 'malformed') words.push('the client got an answer whose end cannot be told');
  if (extra.length > 0) words.push(`behind the answer the client got ${shown(extra)}`);
  if (next === 'wrong') words.push('the next request got an answer that was not for it');
  if (one.cut !== undefined && passedOn(one, outcome)) words.push(`a part was given for the whole: ${got(outcome)}`);
  // A status of the proxy's own may be the one that was to pass; its body is no danger.
  if (one.passed && reading.status < 500 && passedOn(one, outcome)) words.push(...unlikeBody(one.passed, outcome));
  return words;
}

function besideAnswer(one: ResponseCase, outcome: ResponseOutcome): string[] {
  const words: string[] = [];
  if (outcome.hung) words.push('no answer came');
  if (outcome.requests !== 1) words.push(`the server got the request ${outcome.requests} times`);
  if (outcome.next !== 'right' && outcome.next !== 'wrong') words.push(`the next request got ${outcome.next}`);
  if (one.reused === true && !outcome.reused) words.push('the connection to the server was not used again');
  // Where an answer is refused or cut, nobody knows what the server sends next. The harm itself is `next: wrong`.
  const reusable = one.reused ?? one.passed !== undefined;
  if (!reusable && outcome.reused) words.push('the connection was used again, though nobody can tell what comes');
  return words;
}

function unlikePassed(passed: Answered, outcome: ResponseOutcome): string[] {
  const { reading, reason } = outcome;
  if (reading.state !== 'whole' || reading.status !== passed.status) {
    return [`${passed.status} must pass, but the client got ${got(outcome)}`];
  }
  const words = [
    ...(reading.status >= 500 ? unlikeBody(passed, outcome) : []),
    ...unlikeFields(passed.fields ?? [], reading.lines),
    ...unlikeFields(passed.trailers ?? [], reading.trailers),
  ];
  for (const name of passed.without ?? []) {
    const all = valuesOf([...reading.lines, ...reading.trailers], name);
    if (all.length > 0) words.push(`the client got ${name}: ${all.join(' and ')}`);
  }
  if (passed.interim.join() !== reading.interim.join()) {
    words.push(`interim answers ${passed.interim.join()} must pass, ${reading.interim.join()} came`);
  }
  if (typeof reason === 'string') words.push(`the log says ${reason}`);
  return words;
}

function unlikeBody({ body }: Answered, { reading }: ResponseOutcome): string[] {
  if (body === undefined || reading.body.equals(body)) return [];
  return [`the body is ${shown(reading.body)} instead of ${shown(body)}`];
}

/** Each line as often as it is wanted, in this order where a name repeats. */
function unlikeFields(wanted: readonly string[], lines: readonly string[]): string[] {
  const names = new Set(wanted.map((line) => line.slice(0, line.indexOf(':')).toLowerCase()));
  return [...names].flatMap((name) => {
    const [want, have] = [valuesOf(wanted, name), valuesOf(lines, name)];
    return JSON.stringify(want) === JSON.stringify(have) ? [] : [`${name} is ${shownAll(have)}, not ${shownAll(want)}`];
  });
}

function unlikeRefused(refused: Refusal, outcome: ResponseOutcome): string[] {
  const { reading, reason } = outcome;
  const words: string[] = [];
  const fits = reading.status === refused.status && (reading.state === 'whole' || reading.status === 0);
  if (!fits) words.push(`${refused.status} was expected, but the client got ${got(outcome)}`);
  const reasons = typeof refused.reason === 'string' ? [refused.reason] : refused.reason;
  if (reason !== undefined && reasons && !reasons.includes(reason ?? '')) {
    words.push(`the log says ${String(reason)}, not ${reasons.join(' or ')}`);
  }
  return words;
}

/** A reset may destroy what was on its way to the client, even the head. */
function unlikeCut(cut: string, outcome: ResponseOutcome): string[] {
  const { reading, reason } = outcome;
  const words: string[] = [];
  const refused = reading.state === 'whole' && reading.status >= 500;
  if (reading.state !== 'cut' && !refused) words.push(`must be cut off, but the client got ${got(outcome)}`);
  if (reason !== undefined && reason !== cut) words.push(`the log says ${String(reason)}, not ${cut}`);
  return words;
}

function got({ reading, ending }: ResponseOutcome): string {
  const { status, state, body } = reading;
  return `${status === 0 ? 'no head' : status} ${state} with ${body.length} bytes, connection ${ending}`;
}

function shown(bytes: Buffer): string {
  return JSON.stringify(bytes.toString('latin1', 0, 60));
}

function shownAll(values: readonly string[]): string {
  return values.length === 0 ? 'missing' : values.map((value) => JSON.stringify(value.slice(0, 60))).join(' and ');
}
