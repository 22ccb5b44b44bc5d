/** Entry file of a data thread: started by WorkerHost, never imported. */
import { parentPort, workerData } from 'node:worker_threads';

import { createDataPlane } from '../../proxy/index.ts';
import { answerToOwnNameInData } from '../config/own-name.ts';
import { serveThread } from './serve-thread.ts';
import type { ThreadTask } from './worker-link.ts';

if (parentPort === null) throw new Error('Cannot start a data thread: this file runs only as a worker thread');
// Middleware of people's own imports 'postern'.
answerToOwnNameInData();
const { shared }: ThreadTask = workerData;
serveThread(parentPort, (env) => createDataPlane({ ...env, shared }));
