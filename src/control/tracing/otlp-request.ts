import http from 'node:http';
import https from 'node:https';

import { messageOf } from '../message-of.ts';

/** What became of a batch. */
export type SendResult =
  /** `rejected`: so many of its spans were not taken, and why. */
  | { readonly kind: 'taken'; readonly rejected: number; readonly why: string }
  /** It may be sent again, not before `afterMs` where the collector says so. */
  | { readonly kind: 'later'; readonly why: string; readonly afterMs: number | undefined }
  /** It never will be taken. */
  | { readonly kind: 'refused'; readonly why: string };

/** Sends a body. Never rejects. */
export type SendBatch = (body: string) => Promise<SendResult>;

/** The statuses that ask for another try (OTLP/HTTP). */
const again: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** More of an answer is not read. */
const mostAnswerBytes = 64 * 1024;

/** Longer than this nobody waits, whatever the collector says. */
const mostWaitMs = 5 * 60_000;

export interface OtlpTarget {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  /** From the connection to the answer's end. */
  readonly timeoutMs: number;
}

/** One connection to a collector, kept open between batches. */
export class OtlpRequest {
  readonly #target: OtlpTarget;
  readonly #agent: http.Agent;

  constructor(target: OtlpTarget) {
    this.#target = target;
    const options = { keepAlive: true, maxSockets: 1 };
    this.#agent = target.endpoint.startsWith('https:') ? new https.Agent(options) : new http.Agent(options);
  }

  readonly send: SendBatch = async (body) => {
    try {
      return await this.#exchange(body);
    } catch (error) {
      return { kind: 'later', why: messageOf(error), afterMs: undefined };
    }
  };

  close(): void {
    this.#agent.destroy();
  }

  async #exchange(body: string): Promise<SendResult> {
    const { endpoint, headers, timeoutMs } = this.#target;
    const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
    const bytes = Buffer.from(body);
    const own = { 'content-type': 'application/json', 'content-length': bytes.length, 'user-agent': 'postern' };
    const request = (endpoint.startsWith('https:') ? https : http).request(endpoint, {
      method: 'POST',
      agent: this.#agent,
      headers: { ...headers, ...own },
    });
    const late = setTimeout(() => request.destroy(new Error(`no answer came within ${timeoutMs / 1000} s`)), timeoutMs);
    try {
      request.on('response', resolve);
      request.on('error', reject);
      request.end(bytes);
      const response = await promise;
      return judge(response, await readAnswer(response));
    } finally {
      clearTimeout(late);
      request.on('error', () => {}); // What still comes concerns nobody.
    }
  }
}

async function readAnswer(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostAnswerBytes) break; // This closes the connection.
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function judge({ statusCode: status = 0, headers }: http.IncomingMessage, body: string): SendResult {
  if (status >= 200 && status < 300) return { kind: 'taken', ...partialOf(body) };
  const why = `the collector answers with ${status}`;
  return again.has(status)
    ? { kind: 'later', why, afterMs: retryAfter(headers['retry-after'], Date.now()) }
    : { kind: 'refused', why };
}

/** Spans that a collector took only a part of. What is no JSON says nothing. */
function partialOf(body: string): { readonly rejected: number; readonly why: string } {
  try {
    const { partialSuccess }: { partialSuccess?: { rejectedSpans?: unknown; errorMessage?: unknown } } =
      JSON.parse(body);
    const rejected = Number(partialSuccess?.rejectedSpans ?? 0);
    const why = typeof partialSuccess?.errorMessage === 'string' ? partialSuccess.errorMessage.slice(0, 200) : '';
    return { rejected: rejected >= 0 ? rejected : 0, why };
  } catch {
    return { rejected: 0, why: '' };
  }
}

/** Seconds or a date (RFC 9110 section 10.2.3), in ms from now, 5 minutes at most. @internal */
export function retryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), mostWaitMs);
}
