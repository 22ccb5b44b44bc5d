import { parentPort, workerData } from 'node:worker_threads';

import { loadConfig, loadGiven, loadKept } from './load-config.ts';
import type { WorkerTask } from './load-in-worker.ts';
import type { LoadResult } from './load-result.ts';
import { answerToOwnName } from './own-name.ts';

// The program of the short-lived thread: `load-in-worker.ts` starts it, nothing imports it.
answerToOwnName();
const { file, given, kept, environment, instance }: WorkerTask = workerData;
const env = { environment, instance };

async function load(): Promise<LoadResult> {
  if (kept !== undefined) return await loadKept(kept, env);
  return given === undefined ? await loadConfig(file, env) : await loadGiven(file, given, env);
}

parentPort?.postMessage(await load());
