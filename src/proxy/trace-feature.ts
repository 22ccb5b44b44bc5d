import { ProxyError } from '../core/errors.ts';
import type { Headers } from '../core/headers.ts';
import type { Trace } from '../core/trace.ts';
import type { Answer, Hooks, Verdict, Work } from './middleware/feature.ts';

/** Asks a feature about a request, and notes what it did. */
export function traceRequest(
  hooks: Required<Pick<Hooks, 'request'>>,
  work: Work,
  note: { readonly trace: Trace; readonly name: string },
): Verdict | Promise<Verdict> {
  const before = viewOf(work);
  const told = (verdict: Verdict): Verdict => {
    note.trace.add('feature', verdict === undefined ? changesOf(before, viewOf(work)) : wordsFor(verdict), note.name);
    return verdict;
  };
  const verdict = hooks.request(work);
  return verdict instanceof Promise ? verdict.then(told) : told(verdict);
}

/** Shows an answer to a feature, and notes what it did. */
export function traceResponse(
  hooks: Required<Pick<Hooks, 'response'>>,
  given: { readonly answer: Answer; readonly work: Work },
  note: { readonly trace: Trace; readonly name: string },
): void | Promise<void> {
  const { answer, work } = given;
  const before = answerView(answer);
  const told = (): void => note.trace.add('feature', `answer: ${changesOf(before, answerView(answer))}`, note.name);
  const wait = hooks.response(answer, work);
  return wait instanceof Promise ? wait.then(told) : told();
}

/** What a feature may change, as texts by name. Credentials are not for a trace. */
type View = ReadonlyMap<string, string>;

function viewOf({ path, query, host, headers, body, exchange }: Work): View {
  return new Map([
    ['path', path],
    ['query', query],
    ['host', host ?? 'that of the server'],
    ['user', exchange.user],
    ['body', body === exchange.body ? 'as it comes' : 'changed on the way'],
    ...fieldsOf(headers),
  ]);
}

function answerView({ status, headers }: Answer): View {
  return new Map([['status', String(status)], ...fieldsOf(headers)]);
}

const secret: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie']);

function fieldsOf(headers: Headers): [string, string][] {
  return headers.names.map((name, i) => [`field ${name}`, secret.has(name.toLowerCase()) ? '***' : headers.values[i]!]);
}

function changesOf(before: View, after: View): string {
  const changes: string[] = [];
  for (const [name, value] of after) {
    const was = before.get(name);
    if (was === value) continue;
    if (was === undefined) changes.push(`adds ${name}: ${value}`);
    else changes.push(`makes ${name} ${value}${was === '' ? '' : ` of ${was}`}`);
  }
  for (const name of before.keys()) if (!after.has(name)) changes.push(`removes ${name}`);
  return changes.length === 0 ? 'changes nothing' : changes.join('; ');
}

/** What a verdict says, in words. */
export function wordsFor(verdict: Exclude<Verdict, undefined>): string {
  if (verdict instanceof ProxyError) return `refuses with ${verdict.status} (${verdict.code}): ${verdict.message}`;
  const location = verdict.headers.get('Location');
  return `answers with ${verdict.status}${location === undefined ? '' : `, Location: ${location}`}`;
}
