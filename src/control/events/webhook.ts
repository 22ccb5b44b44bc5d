import http from 'node:http';
import https from 'node:https';
import { hostname } from 'node:os';

import type { Logger } from '../../core/log.ts';
import { EventQueue, type Delivery } from './event-queue.ts';
import type { WebhookPlan } from './events-settings.ts';
import type { ServerEvent } from './server-event.ts';
import type { SplitEvent } from './split-event.ts';

/** Of a webhook since the start. */
export interface WebhookCounts {
  readonly sent: number;
  readonly dropped: number;
}

/** Statuses that ask for another try: all that speak of the server, and those that speak of the time. */
function again(status: number): boolean {
  return status >= 500 || status === 408 || status === 425 || status === 429;
}

/** Posts events as JSON to the URL of the config in force. */
export class Webhook {
  readonly #log: Logger;
  readonly #version: string;
  #plan: WebhookPlan | undefined;
  #queue: EventQueue | undefined;
  #past: WebhookCounts = { sent: 0, dropped: 0 };

  constructor({ log, version }: { readonly log: Logger; readonly version: string }) {
    this.#log = log;
    this.#version = version;
  }

  get counts(): WebhookCounts {
    return {
      sent: this.#past.sent + (this.#queue?.sent ?? 0),
      dropped: this.#past.dropped + (this.#queue?.dropped ?? 0),
    };
  }

  /** Undefined: nobody is told any more. What waits is lost where it changes. */
  follow(plan: WebhookPlan | undefined): void {
    if (JSON.stringify(plan) === JSON.stringify(this.#plan)) return;
    this.stop();
    this.#plan = plan;
    if (plan !== undefined) this.#queue = new EventQueue({ send: (body) => post(plan, body), log: this.#log });
  }

  tell(event: ServerEvent | SplitEvent): void {
    if (this.#plan?.on.includes(event.event) !== true) return;
    this.#queue?.add(JSON.stringify({ ...event, host: hostname(), version: this.#version }));
  }

  stop(): void {
    this.#queue?.close();
    this.#past = this.counts;
    this.#queue = this.#plan = undefined;
  }
}

/** @throws {Error} where no answer came. */
async function post({ url, headers, timeoutMs }: WebhookPlan, body: string): Promise<Delivery> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const bytes = Buffer.from(body);
  const own = { 'content-type': 'application/json', 'content-length': bytes.length, 'user-agent': 'postern' };
  const request = (url.startsWith('https:') ? https : http).request(url, {
    method: 'POST',
    agent: false,
    headers: { ...headers, ...own },
  });
  const late = setTimeout(() => request.destroy(new Error(`no answer came within ${timeoutMs / 1000} s`)), timeoutMs);
  try {
    request.on('response', (response) => {
      resolve(response.statusCode ?? 0);
      response.on('error', () => {});
      response.destroy(); // What it says beyond its status concerns nobody.
    });
    request.on('error', reject);
    request.end(bytes);
    const status = await promise;
    if (status >= 200 && status < 300) return { kind: 'taken' };
    return { kind: again(status) ? 'later' : 'refused', why: `it answers with ${status}` };
  } finally {
    clearTimeout(late);
  }
}
