import { parentPort, workerData } from 'node:worker_threads';

import { loadConfig } from './load-config.ts';
import type { WorkerTask } from './load-in-worker.ts';
import { answerToOwnName } from './own-name.ts';

// The program of the short-lived thread: `load-in-worker.ts` starts it, nothing imports it.
answerToOwnName();
const { file, environment, instance }: WorkerTask = workerData;
parentPort?.postMessage(await loadConfig(file, { environment, instance }));
