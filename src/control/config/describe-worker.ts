import { parentPort, workerData } from 'node:worker_threads';

import { describe } from './describe.ts';
import type { DescribeTask } from './describe-in-worker.ts';
import { answerToOwnName } from './own-name.ts';

// The program of the short-lived thread: `describe-in-worker.ts` starts it, nothing imports it.
answerToOwnName();
const { texts, environment, whole }: DescribeTask = workerData;
parentPort?.postMessage(await describe(texts, environment, whole));
