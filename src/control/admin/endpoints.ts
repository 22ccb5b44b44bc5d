import { z } from 'zod';

import {
  explainBody,
  explainedSchema,
  maxPreviewBytes,
  previewBody,
  previewSchema,
  reloadSchema,
  stopBody,
} from './call-schemas.ts';
import type { Endpoint } from './endpoint.ts';
import { tracedAnswer, tracedQuestion } from './explain-traced.ts';
import { listenerItem, poolItem, routeItem, serverItem } from './list-schemas.ts';
import { serverEndpoints, type ServerCall } from './server-calls.ts';
import { splitEndpoints, type SplitCall } from './split-calls.ts';
import { certificateSchema, phaseSchema, statusSchema, threadSchema } from './status-schema.ts';

export type EndpointKey =
  | ServerCall
  | SplitCall
  | 'GET /-/healthy'
  | 'GET /-/ready'
  | 'GET /metrics'
  | `GET /api/v1/${'status' | 'listeners' | 'routes' | 'pools' | 'servers' | 'certificates' | 'threads'}`
  | `GET /api/v1/${'config' | 'openapi.json'}`
  | `POST /api/v1/${'reload' | 'explain' | 'preview' | 'stop' | 'upgrade'}`;

const healthy = z.object({ healthy: z.boolean(), phase: phaseSchema });
const ready = z.object({ ready: z.boolean(), phase: phaseSchema });
const grace = z.object({ graceMs: z.number().describe('How long open requests may go on') });
const effective = z.object({
  from: z.string().describe('Its file'),
  loadedAt: z.string(),
  yaml: z.string().describe('With every default, and behind each value where it comes from; secrets are `***`'),
});

const wrongBody = 'The body is not what this call takes';

/** Every call for people and programs, by `METHOD /path`. What a successor says to the process before it is not among them. */
export const endpoints: Readonly<Record<EndpointKey, Endpoint>> = {
  'GET /-/healthy': {
    summary: 'Whether the process runs',
    access: 'open',
    answers: { 200: healthy, 503: healthy },
    ignoresQuery: true,
  },
  'GET /-/ready': {
    summary: 'Whether requests are served now',
    access: 'open',
    answers: { 200: ready, 503: ready },
    ignoresQuery: true,
  },
  'GET /metrics': {
    summary: 'Metrics, as text for Prometheus',
    access: 'read',
    answers: { 200: 'text' },
    ignoresQuery: true,
  },
  'GET /api/v1/status': {
    summary: 'What the process does',
    access: 'read',
    answers: { 200: statusSchema },
  },
  'GET /api/v1/listeners': {
    summary: 'Where clients connect',
    access: 'read',
    answers: { 200: z.object({ listeners: z.array(listenerItem) }) },
  },
  'GET /api/v1/routes': {
    summary: 'Which requests go where, in the order of the config, and what has been counted of them',
    access: 'read',
    answers: { 200: z.object({ routes: z.array(routeItem) }) },
  },
  'GET /api/v1/pools': {
    summary: 'Groups of servers',
    access: 'read',
    answers: { 200: z.object({ pools: z.array(poolItem) }) },
  },
  'GET /api/v1/servers': {
    summary: 'Servers, and what has been counted of them',
    access: 'read',
    answers: { 200: z.object({ servers: z.array(serverItem) }) },
  },
  ...serverEndpoints,
  ...splitEndpoints,
  'GET /api/v1/certificates': {
    summary: 'Certificates of listeners, and how long they last',
    access: 'read',
    answers: { 200: z.object({ certificates: z.array(certificateSchema) }) },
  },
  'GET /api/v1/threads': {
    summary: 'The data threads',
    access: 'read',
    answers: { 200: z.object({ threads: z.array(threadSchema) }) },
  },
  'GET /api/v1/config': {
    summary: 'The config in force with every default',
    access: 'token',
    answers: { 200: effective },
    refusals: { 404: 'It was made by a program: there is no text of it', 503: 'Its text could not be read again' },
  },
  'GET /api/v1/openapi.json': {
    summary: 'This document',
    access: 'read',
    answers: { 200: z.looseObject({ openapi: z.string() }) },
  },
  'POST /api/v1/reload': {
    summary: 'Reads the config anew and puts it in force',
    access: 'token',
    answers: { 200: reloadSchema },
    refusals: { 409: 'It is right, but cannot be put in force', 422: 'The config is wrong: nothing was changed' },
  },
  'POST /api/v1/explain': {
    summary: 'What would become of a request and why, by the config in force; or what became of one that was traced',
    access: 'token',
    request: z.union([explainBody, tracedQuestion]),
    answers: { 200: z.union([explainedSchema, tracedAnswer]) },
    refusals: { 400: wrongBody, 404: 'The request was not traced', 503: 'No data thread answers' },
  },
  'POST /api/v1/preview': {
    summary: 'What a reload would change, with the config as it is now or with another one',
    access: 'token',
    request: previewBody,
    answers: { 200: previewSchema },
    refusals: { 400: wrongBody, 403: 'A path over TCP', 422: 'The config is wrong' },
    // In JSON a text is longer than it is.
    maxBodyBytes: 2 * maxPreviewBytes,
  },
  'POST /api/v1/stop': {
    summary: 'Stops the process: open requests may end',
    access: 'socket',
    request: stopBody,
    answers: { 202: grace },
    refusals: { 400: wrongBody, 503: 'It is still starting' },
  },
  'POST /api/v1/upgrade': {
    summary: 'Replaces the process by a new one, without a refused connection',
    access: 'socket',
    answers: { 200: z.object({ pid: z.number() }) },
    refusals: { 409: 'It failed: the process goes on' },
  },
};
