/** Entry file of a data thread: started by WorkerHost, never imported. */
import { parentPort } from 'node:worker_threads';

import { createDataPlane } from '../../proxy/index.ts';
import { serveThread } from './serve-thread.ts';

if (parentPort === null) throw new Error('Cannot start a data thread: this file runs only as a worker thread');
serveThread(parentPort, createDataPlane);
