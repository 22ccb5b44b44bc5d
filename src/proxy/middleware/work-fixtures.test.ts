import type { ErrorCode } from '../../core/errors.ts';
import { Headers } from '../../core/headers.ts';
import type { Exchange } from '../exchange.ts';
import { exchangeOf } from '../fixtures.test.ts';
import type { Answer, Work } from './feature.ts';

/** What the tests of features share that look at bodies, at what a client is told before its answer, and at failures. */

export interface TestWork extends Work {
  /** Statuses of informational answers. */
  readonly informed: number[];
}

/** Work on an exchange, as the first feature gets it: the server's list of fields has what the client's has. */
export function workOf({ exchange = exchangeOf() }: { readonly exchange?: Exchange } = {}): TestWork {
  const headers = new Headers();
  for (const [i, name] of exchange.headers.names.entries()) headers.add(name, exchange.headers.values[i]!);
  const { path, query } = exchange.target;
  const { body, expectContinue } = exchange;
  const informed: number[] = [];
  const reply = { inform: (status: number) => void informed.push(status) };
  return { exchange, reply, path, query, host: undefined, headers, body, expectContinue, informed };
}

/** An answer of a server, or with `code` the proxy's own to a failure. */
export function answerOf(status: number, parts: Partial<Answer> & { readonly code?: ErrorCode } = {}): Answer {
  const own = parts.code !== undefined;
  return {
    status,
    reason: '',
    headers: new Headers(),
    body: undefined,
    announcedLength: undefined,
    own,
    code: undefined,
    ...parts,
  };
}
