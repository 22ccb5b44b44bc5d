import { z } from 'zod';

import { ProxyError } from '../../core/errors.ts';
import type { Controlled } from '../controlled.ts';
import { messageOf } from '../message-of.ts';
import { writeEstate } from '../service/take-over.ts';
import { problem, type AdminAnswer } from './admin-answer.ts';
import type { AdminHandler, AdminRequest, AdminRoutes } from './admin-server.ts';
import { explainBody, previewBody, stopBody } from './call-schemas.ts';
import { endpoints, type EndpointKey } from './endpoints.ts';
import { explainTraced, tracedQuestion } from './explain-traced.ts';
import { listListeners, listPools, listRoutes, listServers, type ListParts } from './lists.ts';
import { openApi } from './open-api.ts';
import { serverHandlers, type ServerCall } from './server-calls.ts';
import { splitHandlers, type SplitCall } from './split-calls.ts';
import { wrongBody } from './wrong-body.ts';

const giveUpBody = z.object({ problems: z.array(z.string().max(2000)).min(1).max(100) });

/** Prometheus' text format. */
const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

/** The calls of the admin API, and what a successor says to the process before it. */
export function adminRoutes(postern: Controlled): AdminRoutes {
  const handlers = { ...readers(postern), ...doers(postern), ...serverHandlers(postern), ...splitHandlers(postern) };
  const known = Object.entries(endpoints).map(([key, { access, maxBodyBytes, ignoresQuery }]) => [
    key,
    {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- keys of a record of all of them
      handler: handlers[key as EndpointKey],
      access,
      ...(maxBodyBytes !== undefined && { maxBodyBytes }),
      ...(ignoresQuery !== undefined && { ignoresQuery }),
    },
  ]);
  const successor: AdminRoutes = {
    'POST /api/v1/hand-over': { access: 'socket', handler: async () => await handOver(postern) },
    'POST /api/v1/retire': { access: 'socket', handler: async () => retire(postern) },
    'POST /api/v1/give-up': { access: 'socket', handler: async ({ body }) => giveUp(postern, body) },
  };
  return { ...Object.fromEntries(known), ...successor };
}

type Handlers<Method extends string> = Record<
  Exclude<Extract<EndpointKey, `${Method} ${string}`>, ServerCall | SplitCall>,
  AdminHandler
>;

function readers(postern: Controlled): Handlers<'GET'> {
  return {
    'GET /-/healthy': async () => health(postern),
    'GET /-/ready': async () => await ready(postern),
    'GET /metrics': async () => ({ status: 200, body: await postern.metrics(), type: metricsType }),
    'GET /api/v1/status': async () => fine(await postern.status()),
    'GET /api/v1/listeners': async () => fine({ listeners: listListeners(await partsOf(postern)) }),
    'GET /api/v1/routes': async () => fine({ routes: listRoutes(await partsOf(postern)) }),
    'GET /api/v1/pools': async () => fine({ pools: listPools(await partsOf(postern)) }),
    'GET /api/v1/servers': async () => fine({ servers: listServers(await partsOf(postern)) }),
    'GET /api/v1/certificates': async () => fine({ certificates: (await postern.status()).certificates }),
    'GET /api/v1/threads': async () => fine({ threads: (await postern.status()).threads }),
    'GET /api/v1/config': async () => await effective(postern),
    'GET /api/v1/openapi.json': async () => fine(openApi()),
  };
}

function doers(postern: Controlled): Handlers<'POST'> {
  return {
    'POST /api/v1/reload': async () => await reload(postern),
    'POST /api/v1/explain': async ({ body }) => await explain(postern, body),
    'POST /api/v1/preview': async (request) => await preview(postern, request),
    'POST /api/v1/stop': async ({ body }) => stop(postern, body),
    'POST /api/v1/upgrade': async () => await upgrade(postern),
  };
}

function fine(body: unknown): AdminAnswer {
  return { status: 200, body };
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

async function partsOf(postern: Controlled): Promise<ListParts> {
  const { insight, servers } = postern;
  const { plan, secrets = [] } = insight.config;
  return {
    plan,
    secrets,
    servers,
    status: await postern.status(),
    places: await insight.places(),
    books: insight.books,
  };
}

async function effective(postern: Controlled): Promise<AdminAnswer> {
  if (postern.insight.config.texts === undefined) {
    return problem(404, 'Cannot show the config: a program made it, and there is no text of it');
  }
  const yaml = await postern.insight.effective();
  if (yaml === undefined)
    return problem(503, 'Cannot show the config: reading its text again failed, try it once more');
  const { from, loadedAt } = (await postern.status()).config;
  return fine({ from, loadedAt, yaml });
}

/** 422: the config is wrong. 409: it is right, but cannot be put in force here and now. */
async function reload(postern: Controlled): Promise<AdminAnswer> {
  const result = await postern.reload();
  if (result.ok) {
    const { changed, warnings, disabled, report } = result;
    return fine({ changed, warnings, disabled, report });
  }
  return { status: result.why === 'refused' ? 422 : 409, body: { problems: result.problems } };
}

async function explain(postern: Controlled, body: unknown): Promise<AdminAnswer> {
  const traced = tracedQuestion.safeParse(body);
  if (traced.success) return await explainTraced(postern, traced.data.id);
  const read = explainBody.safeParse(body);
  if (!read.success) return wrongBody(read.error);
  const headers = Object.entries(read.data.headers).flatMap(([name, value]) =>
    [value].flat().map((each) => [name, each] as const),
  );
  try {
    return fine(await postern.insight.explain({ ...read.data, headers }));
  } catch (error) {
    const status = error instanceof ProxyError && error.code === 'internal-error' ? 503 : 400;
    return problem(status, messageOf(error));
  }
}

async function preview({ insight, servers }: Controlled, { body, over }: AdminRequest): Promise<AdminAnswer> {
  const read = previewBody.safeParse(body ?? {});
  if (!read.success) return wrongBody(read.error);
  const { path, config: text } = read.data;
  // Who asks over the network need not be somebody who may read the files of this machine.
  if (path !== undefined && over === 'tcp') {
    return problem(403, 'Cannot look at a file for you: over TCP send the text of the config, as "config"');
  }
  const given = text === undefined ? undefined : { text, alone: over === 'tcp' };
  const result = await insight.preview(path === undefined ? given : { path });
  if (!result.ok) return { status: 422, body: { problems: result.problems } };
  const { changed, changes, warnings } = result;
  return fine({ changed, changes, warnings, beside: servers.state.changes.length });
}

/** Answers at once; who wants to know when it has stopped looks whether the socket is gone. */
function stop(postern: Controlled, body: unknown): AdminAnswer {
  const options = stopBody.safeParse(body ?? {});
  if (!options.success) return wrongBody(options.error);
  if (postern.phase === 'starting') return problem(503, 'Cannot stop: Postern is still starting, try again');
  // Not before the answer has gone out: the end of the process would cut it off.
  setImmediate(() => void postern.stop(options.data));
  return { status: 202, body: { graceMs: options.data.now ? 0 : postern.graceMs } };
}

async function upgrade(postern: Controlled): Promise<AdminAnswer> {
  const result = await postern.upgrade();
  if (result.ok) return fine({ pid: result.pid });
  return { status: 409, body: { problems: result.problems.map((message) => ({ message })) } };
}

async function handOver(postern: Controlled): Promise<AdminAnswer> {
  const estate = await postern.estate();
  if (estate === undefined) return problem(409, `it cannot hand over: it is ${postern.phase}`);
  return fine(writeEstate(estate));
}

function retire(postern: Controlled): AdminAnswer {
  if (!postern.retire()) return problem(409, `it cannot hand over: it is ${postern.phase}`);
  return { status: 202, body: { graceMs: postern.graceMs } };
}

function giveUp(postern: Controlled, body: unknown): AdminAnswer {
  const read = giveUpBody.safeParse(body);
  if (!read.success) return wrongBody(read.error);
  postern.successorFailed(read.data.problems);
  return { status: 202, body: {} };
}
