import type { LogLine } from '../harness/access-lines.ts';
import type { Heard } from './heard.ts';
import type { Attempt } from './lane.ts';

/** One message over one lane, with all that is known of it. */
export interface Evidence {
  readonly server: string;
  readonly attempt: Attempt;
  /** Postern's lines of the exchanges, in order. */
  readonly lines: readonly LogLine[];
  /** What the server told, by the id of the exchange. */
  readonly heard: ReadonlyMap<string, readonly Heard[]>;
}

/** What one server made of a message. */
export interface Verdict {
  /** Where it understood something else than Postern: in words. */
  readonly differences: readonly string[];
  /** Statuses with which the server refused, or answered by itself, what Postern had passed on. */
  readonly refusals: readonly string[];
}

/** The reasons of an exchange that the server may have seen the beginning of alone. */
const cutReasons: ReadonlySet<string> = new Set([
  'client-abort',
  'bad-body',
  'trailers-too-large',
  'body-timeout',
  'server-reset',
  'server-closed',
]);

/** Judges a strict reader of what Postern wrote: it must have understood what Postern logged. */
export function judgeReference(evidence: Evidence): Verdict {
  return judge(evidence, () => undefined);
}

/** Judges another server, beside the strict reader: the same requests, in the same order, with the same bodies. */
export function judgeServer(evidence: Evidence, reference: Evidence): Verdict {
  const verdict = judge(evidence, (k) => heardOf(reference, k));
  const [own, others] = [evidence.lines, reference.lines];
  const odd = own.findIndex((line, k) => shapeOf(line) !== (others[k] && shapeOf(others[k])));
  const missing = own.length < others.length && verdict.refusals.length === 0;
  if (odd < 0 && !missing) return verdict;
  const words = `Postern logged ${own.map(shapeOf).join(', ')} and elsewhere ${others.map(shapeOf).join(', ')}`;
  return { ...verdict, differences: [...verdict.differences, words] };
}

/** @param expected what the strict reader heard of the exchange of this number. */
function judge(evidence: Evidence, expected: (k: number) => Heard | undefined): Verdict {
  const differences: string[] = [...evidence.attempt.wrong];
  const refusals: string[] = [];
  const answered: string[] = [];
  for (const [k, line] of evidence.lines.entries()) {
    const all = evidence.heard.get(line.id) ?? [];
    if (all.length > 1 + line.retries) differences.push(`${shapeOf(line)} came ${all.length} times`);
    const heard = all.at(-1);
    if (heard !== undefined) differences.push(...compare(line, heard, expected(k)));
    if (heard?.body !== undefined && line.status === 200) answered.push(line.id);
    else if (isServers(line)) refusals.push(refusalOf(line));
  }
  const seen = evidence.attempt.answered;
  if (seen.some((id, k) => id !== answered[k])) {
    differences.push(`the client was answered with ${seen.join(', ')} in place of ${answered.join(', ')}`);
  }
  return { differences, refusals };
}

/** What one server heard of one exchange, beside Postern's line and the strict reader. */
function compare(line: LogLine, heard: Heard, expected: Heard | undefined): string[] {
  const differences: string[] = [];
  if (heard.method !== line.method) differences.push(`the method ${heard.method} in place of ${line.method}`);
  if (!isLogged(heard.target, line)) {
    differences.push(`the target ${heard.target} in place of ${targetOf(line)}`);
  } else if (expected !== undefined && expected.target !== heard.target) {
    differences.push(`the target ${heard.target} in place of ${expected.target}`);
  }
  const body = heard.body === undefined ? undefined : compareBodies(line, heard.body, expected);
  return body === undefined ? differences : [...differences, body];
}

function compareBodies(line: LogLine, body: string, expected: Heard | undefined): string | undefined {
  const length = Number.parseInt(body, 10);
  if (line.reason !== undefined && cutReasons.has(line.reason) && expected?.body !== body) {
    return `a whole body of ${length} bytes where Postern cut it off: ${line.reason}`;
  }
  if (length !== line.bytesIn) return `a body of ${length} bytes in place of ${line.bytesIn}`;
  if (expected === undefined || expected.body === body) return undefined;
  return `the body ${body} in place of ${expected.body ?? 'one that is not whole'}`;
}

function heardOf(evidence: Evidence, k: number): Heard | undefined {
  const line = evidence.lines[k];
  return line === undefined ? undefined : evidence.heard.get(line.id)?.at(-1);
}

/** Whether the server has answered by itself, or failed: not where Postern or the client had broken off. */
function isServers({ server, reason }: LogLine): boolean {
  return server !== undefined && (reason === undefined || reason.startsWith('server-'));
}

function refusalOf(line: LogLine): string {
  return `${line.status}${line.reason === undefined ? '' : ` ${line.reason}`}`;
}

/** Whether the log says this target. Secrets are masked there: what stands in their place only the strict reader can tell. */
function isLogged(target: string, line: LogLine): boolean {
  const logged = targetOf(line);
  if (target === logged || (line.query === undefined && target === `${line.path}?`)) return true;
  const parts = logged.split('***');
  return parts.length > 1 && target.startsWith(parts[0]!) && target.endsWith(parts.at(-1)!);
}

/** As it is in the log; there a question mark with nothing behind it is left out. */
function targetOf(line: LogLine): string {
  return line.query === undefined ? line.path : `${line.path}?${line.query}`;
}

function shapeOf(line: LogLine): string {
  return `${line.method} ${targetOf(line)}`;
}
