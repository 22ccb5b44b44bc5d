import type { ConfigTexts } from './config-texts.ts';
import type { Described } from './describe.ts';
import { oneShotWorker } from './one-shot-worker.ts';

/** What the thread is told. */
export interface DescribeTask {
  readonly texts: ConfigTexts;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Also as YAML. */
  readonly whole: boolean;
}

/** As `describe`, in a short-lived thread: finding lines takes seconds where there are thousands of routes. Never rejects. */
export function describeInWorker({ texts, environment, whole }: DescribeTask): Promise<Described | undefined> {
  // From source the program has the same ending as this file; in dist both are JavaScript.
  const program = new URL(`./describe-worker${import.meta.url.slice(-3)}`, import.meta.url);
  const task: DescribeTask = { texts, environment: { ...environment }, whole };
  return oneShotWorker<Described | undefined>(program, task, {}, () => undefined);
}
