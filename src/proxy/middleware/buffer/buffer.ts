import { ProxyError } from '../../../core/errors.ts';
import { Headers } from '../../../core/headers.ts';
import type { Answer, Feature, FeatureEnv, Hooks, Verdict, Work } from '../feature.ts';
import { BufferedAnswer } from './buffered-answer.ts';
import { BodyCollector, type Collected } from './collect-body.ts';
import type { SpoolLimits } from './spool.ts';

export interface BufferConfig {
  /** Bytes of one message; undefined: it is not buffered. */
  readonly request: { readonly memory: number; readonly disk: number } | undefined;
  readonly response: { readonly memory: number; readonly disk: number } | undefined;
  /** Bytes on disk of all exchanges of the process together, past which this route puts no more there. */
  readonly total: number;
  /** Folder of the temporary files. */
  readonly path: string;
}

/** Spares servers the slowness of clients: takes requests whole before a server is asked, and answers as fast as it sends. */
export const buffer: Feature<BufferConfig> = {
  name: 'buffer',
  create(config, env) {
    const { request, response, total, path: folder } = config;
    const hooks: Hooks = {};
    if (request !== undefined) {
      const limits = { ...request, total, folder };
      hooks.request = (work) => takeRequest(work, limits, env);
    }
    if (response !== undefined) {
      const limits = { ...response, total, folder };
      hooks.response = (answer) => takeAnswer(answer, limits, env);
    }
    return hooks;
  },
};

function takeRequest(work: Work, limits: SpoolLimits, env: FeatureEnv): Verdict | Promise<Verdict> {
  const { body, exchange, reply } = work;
  if (body === undefined || exchange.upgrade !== undefined) return undefined;
  const collector = new BodyCollector(body, limits, env);
  const refusal = collector.refusal;
  if (refusal !== undefined) return refusal;
  // The server will not be asked whether it wants a body that is here already.
  if (work.expectContinue) reply.inform(100, new Headers());
  work.expectContinue = false;
  const collected = collector.collect();
  if (!(collected instanceof Promise)) return settle(work, collected);
  return collected.then((result) => settle(work, result));
}

function settle(work: Work, collected: Collected): Verdict {
  if (collected instanceof ProxyError) return collected;
  work.body = collected.body;
  return undefined;
}

function takeAnswer(answer: Answer, limits: SpoolLimits, env: FeatureEnv): void {
  const { body, own, headers } = answer;
  if (body === undefined || own || isStream(headers)) return;
  answer.body = new BufferedAnswer(body, limits, env);
}

/** Events are for now: what a client does not take in time is the server's to know. */
function isStream(headers: Headers): boolean {
  if (headers.get('X-Accel-Buffering')?.toLowerCase() === 'no') return true;
  return headers.get('Content-Type')?.toLowerCase().startsWith('text/event-stream') === true;
}
