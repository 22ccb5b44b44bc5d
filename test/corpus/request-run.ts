import type { Message } from '../harness/message.ts';
import { turns } from '../harness/until.ts';
import type { RequestCase } from './cases.ts';
import { RequestClient } from './request-client.ts';
import type { RecordingOrigin } from './request-origin.ts';
import type { RequestOutcome } from './request-outcome.ts';

export { judge, type Judgement, type Verdict } from './request-judge.ts';
export type { RequestOutcome } from './request-outcome.ts';

/** Where a case is tried: a proxy, and the one server behind it, which nobody else uses meanwhile. */
export interface RequestPlace {
  /** Of the proxy, on 127.0.0.1. */
  readonly port: number;
  readonly origin: RecordingOrigin;
  /** Longest wait for an answer or an end, in ms. Default: 10,000. */
  readonly patienceMs?: number;
}

/**
 * Sends what a case says over a connection of its own, and looks at what becomes of it on both sides.
 * @param cuts offsets, ascending, at which the bytes are cut into writes; between two of them the event loop looks at all
 * sockets several times, so a proxy in this process sees each by itself. Default: one write.
 */
export async function runRequestCase(
  one: RequestCase,
  place: RequestPlace,
  cuts: readonly number[] = [],
): Promise<RequestOutcome> {
  const { patienceMs = 10_000, port, origin } = place;
  const methods = one.passed.map(({ line }) => line.split(' ', 1)[0]!);
  const client = new RequestClient(port, methods);
  try {
    await client.wait(patienceMs, () => !client.connecting);
    await sendIn(client, one, cuts);
    const enough = one.refused === undefined ? one.passed.length : Number.POSITIVE_INFINITY;
    await client.wait(patienceMs, () => client.ending !== 'open' || client.answers.length >= enough);
    const ended = client.ending;
    if (one.then === 'wait' && ended === 'open') client.socket.end();
    await client.wait(patienceMs, () => client.ending !== 'open');
    const heard = await origin.take();
    return { statuses: client.answers.map(statusOf), answers: client.answers, rest: client.rest, ended, heard };
  } finally {
    client.reset();
  }
}

async function sendIn(client: RequestClient, one: RequestCase, cuts: readonly number[]): Promise<void> {
  let from = 0;
  for (const to of [...cuts, one.send.length]) {
    if (from > 0) await turns(2);
    if (client.ending !== 'open') return; // Refused already: the rest has nowhere to go.
    if (to > from) client.socket.write(one.send.subarray(from, to));
    from = to;
  }
  if (one.then === 'end') client.socket.end();
}

function statusOf(answer: Message): number {
  return Number(answer.start.slice(9, 12));
}
