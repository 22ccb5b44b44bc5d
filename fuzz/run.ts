// npm run fuzz: all targets, or some, for a while. Exit code 1 where a property does not hold.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

import { fuzz } from './engine/fuzz.ts';
import { writeFind } from './engine/regressions.ts';
import type { Target } from './engine/target.ts';
import { Watchdog } from './engine/watchdog.ts';
import { targets } from './targets/registry.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(randomInt(1_000_000_000)) },
    only: { type: 'string', multiple: true },
    blind: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});

process.exitCode = await main();

async function main(): Promise<number> {
  if (values.list) {
    for (const { name, about } of targets) console.log(`${name}: ${about}`);
    return 0;
  }
  const [seconds, seed] = [Number(values.seconds), Number(values.seed)];
  const wanted = targets.filter(({ name }) => values.only === undefined || values.only.includes(name));
  const unknown = values.only?.find((name) => !targets.some((target) => target.name === name));
  if (unknown !== undefined || !(seconds > 0) || !Number.isInteger(seed)) {
    console.error(
      'Cannot fuzz: use --seconds <n> --seed <n> --only <target> (several times) --blind, or --list for the targets',
    );
    return 2;
  }
  let failed = 0;
  for (const target of wanted) if (!(await runOne(target, seconds, seed))) failed++;
  console.log(`${wanted.length} targets, ${failed} with a find, seed ${seed}`);
  return failed === 0 ? 0 : 1;
}

async function runOne(target: Target, seconds: number, seed: number): Promise<boolean> {
  const watchdog = new Watchdog(target.name);
  const { before } = watchdog;
  const { runs, kept, reached, find } = await fuzz(target, { seed, seconds, guided: !values.blind, before });
  await watchdog.stop();
  const guided = reached === 0 ? '' : `, ${kept} kept, ${reached} characters of source reached`;
  console.log(`${target.name}: ${runs} inputs${guided}${find === undefined ? '' : ', A FIND'}`);
  if (find === undefined) return true;
  const text = find.error instanceof Error ? (find.error.stack ?? find.error.message) : String(find.error);
  const name = text.split('\n', 1)[0]!.slice(0, 200);
  const file = writeFind({ name, target: target.name, input: find.input.toString('latin1') }, seed);
  console.error(`${text}\nseed ${seed}, input ${JSON.stringify(find.input.toString('latin1'))}\nwritten to ${file}`);
  return false;
}
