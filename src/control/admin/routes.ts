import { z } from 'zod';

import type { Controlled } from '../controlled.ts';
import { writeEstate } from '../service/take-over.ts';
import { problem, type AdminAnswer, type AdminRoutes } from './admin-server.ts';

const stopBody = z.strictObject({ now: z.boolean().default(false) }).default({ now: false });

const giveUpBody = z.object({ problems: z.array(z.string().max(2000)).min(1).max(100) });

/** Prometheus' text format. */
const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

/** The calls of the admin API. */
export function adminRoutes(postern: Controlled): AdminRoutes {
  return {
    'GET /-/healthy': async () => health(postern),
    'GET /-/ready': async () => await ready(postern),
    'GET /metrics': async () => ({ status: 200, body: await postern.metrics(), type: metricsType }),
    'GET /api/v1/status': async () => ({ status: 200, body: await postern.status() }),
    'POST /api/v1/reload': async () => await reload(postern),
    'POST /api/v1/stop': async (body) => stop(postern, body),
    'POST /api/v1/upgrade': async () => await upgrade(postern),
    // What a successor says to the process before it:
    'POST /api/v1/hand-over': async () => await handOver(postern),
    'POST /api/v1/retire': async () => retire(postern),
    'POST /api/v1/give-up': async (body) => giveUp(postern, body),
  };
}

function health({ phase }: Controlled): AdminAnswer {
  const healthy = phase === 'running';
  return { status: healthy ? 200 : 503, body: { healthy, phase } };
}

/** Ready: requests are served now. Not while it drains, nor while its only thread is being replaced. */
async function ready(postern: Controlled): Promise<AdminAnswer> {
  const { phase } = postern;
  const serves = phase === 'running' && (await postern.status()).threads.some(({ traffic }) => traffic !== undefined);
  return { status: serves ? 200 : 503, body: { ready: serves, phase } };
}

/** 422: the config is wrong. 409: it is right, but cannot be put in force here and now. */
async function reload(postern: Controlled): Promise<AdminAnswer> {
  const result = await postern.reload();
  if (result.ok) {
    const { changed, warnings, report } = result;
    return { status: 200, body: { changed, warnings, report } };
  }
  return { status: result.why === 'refused' ? 422 : 409, body: { problems: result.problems } };
}

/** Answers at once; who wants to know when it has stopped looks whether the socket is gone. */
function stop(postern: Controlled, body: unknown): AdminAnswer {
  const options = stopBody.safeParse(body);
  if (!options.success) {
    return problem(400, `Cannot read the body: ${options.error.issues[0]?.message}; { "now": true } is what there is`);
  }
  if (postern.phase === 'starting') return problem(503, 'Cannot stop: Postern is still starting, try again');
  // Not before the answer has gone out: the end of the process would cut it off.
  setImmediate(() => void postern.stop(options.data));
  return { status: 202, body: { graceMs: options.data.now ? 0 : postern.graceMs } };
}

async function upgrade(postern: Controlled): Promise<AdminAnswer> {
  const result = await postern.upgrade();
  if (result.ok) return { status: 200, body: { pid: result.pid } };
  return { status: 409, body: { problems: result.problems.map((message) => ({ message })) } };
}

async function handOver(postern: Controlled): Promise<AdminAnswer> {
  const estate = await postern.estate();
  if (estate === undefined) return problem(409, `it cannot hand over: it is ${postern.phase}`);
  return { status: 200, body: writeEstate(estate) };
}

function retire(postern: Controlled): AdminAnswer {
  if (!postern.retire()) return problem(409, `it cannot hand over: it is ${postern.phase}`);
  return { status: 202, body: { graceMs: postern.graceMs } };
}

function giveUp(postern: Controlled, body: unknown): AdminAnswer {
  const { success, data } = giveUpBody.safeParse(body);
  if (!success) return problem(400, 'Cannot read the body: { "problems": ["..."] } is what there is');
  postern.successorFailed(data.problems);
  return { status: 202, body: {} };
}
