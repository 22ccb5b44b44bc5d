import type { ResponseCase } from './cases.ts';

/** Where the parts of a good answer lie. */
interface Parts {
  /** Offset behind the final head. */
  readonly head: number;
  /** Offset behind the whole answer. */
  readonly end: number;
}

/**
 * From each good answer whose end can be told: as many cases as it has bytes, in each of which the server goes after so many
 * of them. In the head nothing may pass; in the body the client must be able to tell. Beginnings that several have in
 * common are there once.
 */
export function endedEverywhere(cases: readonly ResponseCase[], then: 'end' | 'reset'): ResponseCase[] {
  const all = new Map<string, ResponseCase>();
  for (const one of cases) {
    const parts = partsOf(one);
    for (let at = 0; at < (parts?.end ?? 0); at++) {
      const made = ended(one, parts!, at, then);
      all.set(made.request.toString('latin1') + made.answer.toString('latin1'), made);
    }
  }
  return [...all.values()];
}

function ended(one: ResponseCase, { head }: Parts, at: number, then: 'end' | 'reset'): ResponseCase {
  const { name, source, request, answer } = one;
  const reason = then === 'end' ? 'server-closed' : 'server-reset';
  const outcome = at < head ? { refused: { status: 502, reason } } : { cut: reason };
  const free = false;
  return {
    name: `${name}, ${then} after ${at} bytes`,
    source,
    free,
    request,
    answer: answer.subarray(0, at),
    // oxlint-disable-next-line unicorn/no-thenable -- the key of the files; it is a word, no function
    then,
    ...outcome,
  };
}

/** Undefined where the answer lasts until the close, or is not simply good. */
function partsOf({ passed, answer, request, reused }: ResponseCase): Parts | undefined {
  if (passed?.body === undefined || passed.status === 101 || reused === false) return undefined;
  const text = answer.toString('latin1');
  let start = 0;
  while (/^HTTP\/1\.1 1\d\d/.test(text.slice(start))) start = text.indexOf('\r\n\r\n', start) + 4;
  const head = text.indexOf('\r\n\r\n', start) + 4;
  if (head < 4) return undefined;
  const fields = text.slice(start, head);
  const bodiless = request.toString('latin1').startsWith('HEAD ') || /^HTTP\/1\.. (204|304)/.test(fields);
  const delimited = bodiless || /\r\n(content-length|transfer-encoding):/i.test(fields);
  return delimited ? { head, end: text.length } : undefined;
}
