import { setTimeout as pause } from 'node:timers/promises';

import type { World } from '../harness/proxy-test.ts';
import type { RequestCase, ResponseCase } from './cases.ts';
import type { ProxyPeer } from './peers/proxy-peer.ts';
import { RecordingOrigin } from './request-origin.ts';
import { judgeFairly } from './compare-fairly.ts';
import { runRequestCase } from './request-run.ts';
import { judge as judgeResponse } from './response-judge.ts';
import { ResponseOrigin } from './response-origin.ts';
import { runResponseCase } from './response-run.ts';

/** What a proxy made of a case. */
export type Verdict = 'as-expected' | 'unsafe' | 'refused-valid' | 'other';

export interface Result {
  readonly name: string;
  readonly verdict: Verdict;
  /** What is not as expected. */
  readonly words: string;
}

/** How often each proxy is started, each time with an origin of its own, so that so many cases are tried at once. */
const laneCount = 8;
/** For an answer or an end, ms: all of them answer far sooner where they answer at all. */
const usualPatienceMs = 700;
/** For another process to see what was sent, ms. */
const lookMs = 4;

/** Tries all cases of requests against a proxy, in one write each. @returns in the order of the cases. */
export async function compareRequests(
  world: World,
  proxy: ProxyPeer,
  cases: readonly RequestCase[],
  patienceMs: number = usualPatienceMs,
): Promise<Result[]> {
  return inLanes(cases, async () => {
    const origin = await RecordingOrigin.start();
    world.after(() => origin.stop());
    const port = await proxy.start(world, origin.port);
    return async (one) => {
      const outcome = await runRequestCase(one, { port, origin, patienceMs });
      await pause(lookMs);
      // What another process passes on may come when its client has long gone.
      const heard = [...outcome.heard, ...(await origin.take())];
      const { verdict, words } = judgeFairly(one, { ...outcome, heard });
      // Where the source leaves it open, no outcome is wrong.
      return { name: one.name, verdict: one.free ? 'as-expected' : verdict, words };
    };
  });
}

/** Tries all cases of responses against a proxy, in one write each. @returns in the order of the cases. */
export async function compareResponses(
  world: World,
  proxy: ProxyPeer,
  cases: readonly ResponseCase[],
  patienceMs: number = usualPatienceMs,
): Promise<Result[]> {
  return inLanes(cases, async () => {
    const origin = await ResponseOrigin.start();
    world.after(() => origin.stop());
    const port = await proxy.start(world, origin.port);
    return async (one) => {
      const outcome = await runResponseCase(one, { port, origin, patienceMs, look: () => pause(lookMs) });
      const { verdict, words } = judgeResponse(one, outcome);
      // It has answered by itself: nothing of the case has passed.
      const own = verdict === 'unsafe' && outcome.requests === 0;
      return { name: one.name, verdict: own ? 'refused-valid' : verdict, words: words.join('; ') };
    };
  });
}

type Try<Case> = (one: Case) => Promise<Result>;

async function inLanes<Case extends { readonly name: string }>(
  cases: readonly Case[],
  start: () => Promise<Try<Case>>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const lanes: Try<Case>[] = [];
  for (let i = 0; i < Math.min(laneCount, cases.length); i++) lanes.push(await start());
  const work = async (run: Try<Case>): Promise<void> => {
    for (let i = next++; i < cases.length; i = next++) results[i] = await attempt(run, cases[i]!);
  };
  await Promise.all(lanes.map(work));
  return results;
}

/** A case that cannot be brought to its end is not as expected either. */
async function attempt<Case extends { readonly name: string }>(run: Try<Case>, one: Case): Promise<Result> {
  try {
    return await run(one);
  } catch (error) {
    return { name: one.name, verdict: 'other', words: String(error) };
  }
}
