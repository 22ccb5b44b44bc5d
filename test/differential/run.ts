import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { requestCases } from '../corpus/cases.ts';
import { findProgram } from '../harness/peers/programs.ts';
import { World } from '../harness/proxy-test.ts';
import { Differential } from './differential.ts';
import { Messages } from './messages.ts';
import { serverKinds, type ServerKind } from './servers.ts';
import type { Tally } from './tally.ts';

const help = `npm run differential -- [options]
  --count N     messages, the cases of the corpus first (default 100000)
  --seed N      of the mutations (default: another each time; it is printed)
  --from N      number of the first message (default 0)
  --seconds N   at most; what has not been sent by then is left out (default 3600)
  --servers A,B of nginx, HAProxy, Apache, node:http (default: all)
  --out FILE    findings are appended to it as they come (default: standard output)`;

const roundSize = 2000;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '100000' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      from: { type: 'string', default: '0' },
      seconds: { type: 'string', default: '3600' },
      servers: { type: 'string' },
      out: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return say(help);
  const wanted = values.servers?.toLowerCase().split(',');
  const kinds = serverKinds.filter(({ name }) => wanted === undefined || wanted.includes(name.toLowerCase()));
  const missing = kinds.flatMap(({ program }) =>
    program !== undefined && findProgram(program) === undefined ? [program] : [],
  );
  if (missing.length > 0) throw new Error(`Cannot compare with what is not installed: ${missing.join(', ')}`);
  const messages = new Messages(requestCases(), Number(values.seed));
  say(`seed ${values.seed}, ${messages.caseCount} cases, ${values.count} messages from number ${values.from}`);
  const { out } = values;
  const limits = { from: Number(values.from), count: Number(values.count), seconds: Number(values.seconds) };
  return run(kinds, messages, {
    ...limits,
    tell: (text) => (out === undefined ? say(text) : appendFileSync(out, text)),
  });
}

interface Limits {
  readonly from: number;
  readonly count: number;
  readonly seconds: number;
  /** Takes a finding. */
  readonly tell: (finding: string) => void;
}

/** @returns the exit code: 0 where everybody understood the same. */
async function run(kinds: readonly ServerKind[], messages: Messages, limits: Limits): Promise<number> {
  const world = new World();
  try {
    const differential = await Differential.start(world, kinds);
    const { tally } = differential;
    const [end, began] = [limits.from + limits.count, performance.now()];
    const seconds = (): number => (performance.now() - began) / 1000;
    let told = 0;
    for (let at = limits.from; at < end && seconds() < limits.seconds && !tally.full; at += roundSize) {
      const size = Math.min(roundSize, end - at);
      await differential.round(Array.from({ length: size }, (_, i) => messages.message(at + i)));
      for (const finding of tally.findings.slice(told)) limits.tell(finding);
      told = tally.findings.length;
      say(progressOf(tally, seconds()));
    }
    tellRefusals(tally);
    await world.check();
    return tally.differences === 0 ? 0 : 1;
  } finally {
    await world.end();
  }
}

function progressOf({ sent, passed, differences }: Tally, seconds: number): string {
  const rate = Math.round(sent / seconds);
  return `${sent} messages in ${seconds.toFixed(0)} s (${rate}/s), ${passed} passed on, ${differences} differences`;
}

function tellRefusals(tally: Tally): void {
  say('Refused by a server, or answered by itself, although Postern had passed it on:');
  const refusals = [...tally.refusals].toSorted(([, a], [, b]) => b.count - a.count);
  for (const [what, { count, examples }] of refusals) {
    say(`${String(count).padStart(8)}  ${what}  (${examples.slice(0, 5).join(', ')})`);
  }
}

function say(text: string): 0 {
  process.stdout.write(`${text}\n`);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
