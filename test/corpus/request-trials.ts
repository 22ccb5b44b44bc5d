import type { RequestCase } from './cases.ts';

/** One way to send a case. */
export interface Trial {
  readonly one: RequestCase;
  /** Offsets at which the bytes are cut into writes. */
  readonly cuts: readonly number[];
  /** For the message of a failure. */
  readonly how: string;
}

/** Longest case that is cut, in bytes. */
const short = 400;
/** What hundreds of cases have in common; a cut within it tells the same of each. */
const beginnings = ['GET / HTTP/1.1\r\nHost: a\r\n', 'POST / HTTP/1.1\r\nHost: a\r\n'];
const ending = 'GET /h HTTP/1.1\r\nHost: a\r\n\r\n';
/** Of the positions within it, each case takes one in so many: in turn, so that each position has its cases. */
const commonEvery = 16;

/**
 * The ways in which the cases are sent: each in one write; and the short ones byte by byte, and in two writes.
 * @param every cut each case at every position; otherwise that is done for what is its own, not for what all begin and
 * end with.
 */
export function* requestTrials(cases: readonly RequestCase[], every: boolean): Generator<Trial> {
  for (const one of cases) yield { one, cuts: [], how: 'in one write' };
  const cut = cases.filter(({ send }) => send.length <= short);
  for (const one of cut) yield { one, cuts: [...positions(1, one.send.length)], how: 'byte by byte' };
  for (const [i, one] of cut.entries()) {
    for (const at of positions(1, one.send.length)) {
      if (every || isOwn(one.send, at) || at % commonEvery === i % commonEvery)
        yield { one, cuts: [at], how: `cut at ${at}` };
    }
  }
}

function* positions(from: number, to: number): Generator<number> {
  for (let at = from; at < to; at++) yield at;
}

/** Whether the position lies behind the common beginning and before the common end. */
function isOwn(send: Buffer, at: number): boolean {
  const text = send.toString('latin1');
  const start = beginnings.find((beginning) => text.startsWith(beginning))?.length ?? 0;
  const end = text.length - (text.endsWith(ending) ? ending.length : 0);
  return at >= start && at <= end;
}
