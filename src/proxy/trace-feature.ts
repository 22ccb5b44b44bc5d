import { ProxyError } from '../core/errors.ts';
import type { Headers } from '../core/headers.ts';
import type { Trace } from '../core/trace.ts';
import type { Answer, Hooks, Verdict, Work } from './middleware/feature.ts';

/** Asks a feature about a request, and notes what it did. */
export function traceRequest(
  hooks: Required<Pick<Hooks, 'request'>> & Pick<Hooks, 'dry'>,
  work: Work,
  note: { readonly trace: Trace; readonly name: string },
): Verdict | Promise<Verdict> {
  const before = viewOf(work);
  const told = (verdict: Verdict): Verdict => {
    const passed = work.exchange.dry ? hooks.dry : undefined;
    const words = verdict === undefined ? (passed ?? changesOf(before, viewOf(work))) : wordsFor(verdict);
    note.trace.add('feature', words, note.name);
    return verdict;
  };
  const verdict = hooks.request(work);
  return verdict instanceof Promise ? verdict.then(told) : told(verdict);
}

/** Shows an answer to a feature, and notes what it did. */
export function traceResponse(
  hooks: Required<Pick<Hooks, 'response'>> & Pick<Hooks, 'dry'>,
  given: { readonly answer: Answer; readonly work: Work },
  note: { readonly trace: Trace; readonly name: string },
): void | Promise<void> {
  const { answer, work } = given;
  if (work.exchange.dry && hooks.dry !== undefined) return undefined;
  const before = answerView(answer, work);
  const told = (): void =>
    note.trace.add('feature', `answer: ${changesOf(before, answerView(answer, work))}`, note.name);
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
    ...fieldsOf(headers, exchange.dry),
  ]);
}

function answerView({ status, headers }: Answer, { exchange }: Work): View {
  return new Map([['status', String(status)], ...fieldsOf(headers, exchange.dry)]);
}

/** These are never for a trace. */
const credentials: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie']);

/** In the name of a field, these say that its value opens something: `X-Api-Key`. */
const secretWords: ReadonlySet<string> = new Set(
  'auth token secret key apikey password passwd credential credentials session jwt assertion signature'.split(' '),
);

/** @param dry whoever asks has made the request: only credentials are hidden. A real one is some client's. */
function fieldsOf({ names, values }: Headers, dry: boolean): [string, string][] {
  return names.map((name, i) => [`field ${name}`, isSecret(name.toLowerCase(), dry) ? '***' : values[i]!]);
}

function isSecret(name: string, dry: boolean): boolean {
  return credentials.has(name) || (!dry && name.split(/[-_.]/).some((word) => secretWords.has(word)));
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
