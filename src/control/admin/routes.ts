import { z } from 'zod';

import type { Controlled } from '../controlled.ts';
import { problem, type AdminAnswer, type AdminRoutes } from './admin-server.ts';

const stopBody = z.strictObject({ now: z.boolean().default(false) }).default({ now: false });

/** The calls of the admin API. */
export function adminRoutes(postern: Controlled): AdminRoutes {
  return {
    'GET /-/healthy': async () => health(postern),
    'GET /api/v1/status': async () => ({ status: 200, body: await postern.status() }),
    'POST /api/v1/reload': async () => await reload(postern),
    'POST /api/v1/stop': async (body) => stop(postern, body),
  };
}

function health({ phase }: Controlled): AdminAnswer {
  const healthy = phase === 'running';
  return { status: healthy ? 200 : 503, body: { healthy, phase } };
}

/** 422: the config is wrong. 409: it is right, but cannot be put in force here and now. */
async function reload(postern: Controlled): Promise<AdminAnswer> {
  const result = await postern.reload();
  if (result.ok) return { status: 200, body: { changed: result.changed, warnings: result.warnings } };
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
