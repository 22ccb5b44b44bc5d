import assert from 'node:assert/strict';

import { proxyTest, type World } from '../harness/proxy-test.ts';
import { responseCases, type ResponseCase } from './cases.ts';
import { endedEverywhere } from './response-ends.ts';
import { differences } from './response-judge.ts';
import { ResponseLanes, type ResponseJob } from './response-lanes.ts';
import type { Delivery } from './response-origin.ts';

/** Answers up to this length are cut into two writes at every byte. */
const shortBytes = 300;
/** Longer ones are not sent byte by byte. */
const bytewiseBytes = 500;
/** Good answers up to this length are broken off at every byte, in either way. */
const endedBytes = { end: 110, reset: 80 };
const usualStart = 'HTTP/1.1 200 OK\r\n';
const everyCut = process.env['CORPUS_CUTS'] === 'every';
/** Runs of one test, which has a proxy of its own. */
const perTest = 1000;

const cases: readonly ResponseCase[] = responseCases();
const cut: readonly ResponseJob[] = cases.flatMap((one, i) =>
  deliveriesOf(one, i).map((delivery) => ({ one, delivery })),
);
tests('answers pass or are refused, however they are cut into packets', cut);
for (const then of ['end', 'reset'] as const) {
  const short = cases.filter(({ answer }) => answer.length <= endedBytes[then]);
  const ended: readonly ResponseJob[] = endedEverywhere(short, then).map((one) => ({ one, delivery: 'whole' }));
  tests(`a server that ${then}s the connection at any byte of its answer never passes a part for the whole`, ended);
}

function tests(what: string, jobs: readonly ResponseJob[]): void {
  for (let from = 0; from < jobs.length; from += perTest) {
    const some = jobs.slice(from, from + perTest);
    proxyTest(`${what}, from "${some[0]!.one.name}" on`, (world) => check(world, some));
  }
}

async function check(world: World, jobs: readonly ResponseJob[]): Promise<void> {
  const lanes = await ResponseLanes.start(world);
  const outcomes = await lanes.run(jobs);
  const failures = new Map<string, string[]>();
  for (const [i, { one, delivery }] of jobs.entries()) {
    for (const word of differences(one, outcomes[i]!)) {
      const failure = `${one.name}: ${word}`;
      failures.set(failure, [...(failures.get(failure) ?? []), JSON.stringify(delivery)]);
    }
  }
  const lines = Array.from(
    failures,
    ([failure, where]) => `${failure} (${where.length} times: ${where.slice(0, 3).join()})`,
  );
  assert.equal(lines.length, 0, `${lines.length} differences:\n${lines.slice(0, 60).join('\n')}`);
}

/** Cut at every byte; within the line that hundreds begin with at one position in each, in turn, unless all are wanted. */
function deliveriesOf({ answer }: ResponseCase, index: number): Delivery[] {
  const deliveries: Delivery[] = ['whole'];
  if (answer.length > 1 && answer.length <= bytewiseBytes) deliveries.push('bytewise');
  const usual = !everyCut && answer.toString('latin1').startsWith(usualStart) ? usualStart.length : 0;
  if (usual > 0) deliveries.push({ at: 1 + (index % usual) });
  for (let at = usual + 1; at < answer.length && answer.length <= shortBytes; at++) deliveries.push({ at });
  return deliveries;
}
