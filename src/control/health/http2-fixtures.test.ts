import assert from 'node:assert/strict';

import { SecureContexts, type ExpectedAnswer, type HttpCheckPlan } from '../../proxy/index.ts';
import type { CheckResult } from './check-result.ts';
import { poolOf } from './fixtures.test.ts';
import { answerJudge } from './http-check.ts';
import { pageAsk, type PageParts } from './page-ask.ts';
import type { Subject } from './targets.ts';

export const any: ExpectedAnswer = { status: [[200, 399]], body: undefined, headers: [] };
export const bodied: ExpectedAnswer = { status: any.status, body: { kind: 'contains', text: 'well' }, headers: [] };

export const plain: HttpCheckPlan = {
  kind: 'http',
  method: 'GET',
  path: '/health?a=1',
  headers: [],
  host: undefined,
  expect: any,
};

/** The place of the server itself. */
export const here: PageParts['place'] = { address: undefined, port: undefined };

export const env: Parameters<typeof pageAsk>[0] = {
  addressesOf: (): readonly string[] => [],
  contexts: new SecureContexts(),
  clock: { now: (): number => 0, date: (): number => 0 },
};

/** A server of a pool that speaks HTTP/2 alone. */
export function subjectOf(port: number): Subject {
  const pool = poolOf([port], undefined);
  const protocol = {
    version: 'http2',
    maxStreams: 100,
    connectionWindow: 1,
    pingAfterMs: 0,
    pingTimeoutMs: 0,
  } as const;
  return { pool: { ...pool, protocol }, server: pool.servers[0]! };
}

/** What comes of one check of the server on this port. */
export async function checked(
  port: number,
  parts: Partial<HttpCheckPlan> = {},
  { timeoutMs = 5000, place = here }: { readonly timeoutMs?: number; readonly place?: PageParts['place'] } = {},
): Promise<CheckResult> {
  const how = { ...plain, ...parts };
  const page = { ...how, timeoutMs, readsBody: how.expect.body !== undefined };
  const { promise, resolve } = Promise.withResolvers<CheckResult>();
  pageAsk(env, subjectOf(port), { place, secure: false, page })((answer) => resolve(answerJudge(how.expect)(answer)));
  return await promise;
}

/** The words of a check that fails. */
export async function why(port: number, parts?: Partial<HttpCheckPlan>, timeoutMs?: number): Promise<string> {
  const result = await checked(port, parts, timeoutMs === undefined ? {} : { timeoutMs });
  assert.equal(result.kind, 'failed', result.why);
  return result.why;
}
