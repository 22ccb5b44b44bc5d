import { setImmediate as turn } from 'node:timers/promises';

import type { ResponseCase } from './cases.ts';
import { ResponseClient } from './response-client.ts';
import type { Delivery, Heard, ResponseOrigin } from './response-origin.ts';
import { readAnswer, type Ending, type Reading } from './response-reading.ts';

/** A proxy on a port of 127.0.0.1, and the only server behind it. */
export interface ResponseTarget {
  readonly port: number;
  readonly origin: ResponseOrigin;
  /**
   * Lets the proxy see what was written; default: one turn of this process's event loop, which does for a proxy in it. For
   * another process: a pause of some milliseconds.
   */
  readonly look?: (() => Promise<unknown>) | undefined;
  /** How long an answer may take; default: 5 s. */
  readonly patienceMs?: number | undefined;
  /** Path of the request behind the case's, unique to find it in a log; default: `/after`. */
  readonly probe?: string | undefined;
  /** Client connections that may be used again by the next case: quicker. Default: a new one for each. */
  readonly kept?: ResponseClient[] | undefined;
}

/** What a client got, and the next one. */
export interface ResponseOutcome {
  readonly reading: Reading;
  readonly ending: Ending;
  /** The answer did not come and the connection did not end. */
  readonly hung: boolean;
  /** What came behind the answer before anything else was asked for. */
  readonly extra: Buffer;
  /** Times that the server got the request. */
  readonly requests: number;
  /** What the next request got: the answer that was made for it, an error, nothing, or what was meant for somebody else. */
  readonly next: 'right' | 'error' | 'nothing' | 'wrong';
  /** The next request came over the connection that carried the case's answer. */
  readonly reused: boolean;
  /** Reason code in the proxy's log, where somebody looked: null for none. */
  readonly reason?: string | null | undefined;
}

const usualPatienceMs = 5000;

/**
 * Runs a case: a client sends its request, the server behind the proxy answers with its bytes, and another request follows,
 * on the same client connection where that may be. Leaves no connection to the server behind.
 */
export async function runResponseCase(
  one: ResponseCase,
  target: ResponseTarget,
  delivery: Delivery = 'whole',
): Promise<ResponseOutcome> {
  const { origin, look, probe = '/after' } = target;
  const heard = origin.begin({ answer: one.answer, finish: one.then, delivery, probe, look });
  const client = target.kept?.pop() ?? new ResponseClient(target.port);
  let good = false;
  try {
    client.send(one.request);
    const { goesOn, ...outcome } = await watch(one, target, { client, heard });
    good = goesOn && outcome.next === 'right' && client.ending === 'open';
    return outcome;
  } finally {
    client.forget();
    if (good && target.kept) target.kept.push(client);
    else client.reset();
    origin.drop();
  }
}

async function watch(
  one: ResponseCase,
  target: ResponseTarget,
  sides: { client: ResponseClient; heard: Heard },
): Promise<ResponseOutcome & { readonly goesOn: boolean }> {
  const { client, heard } = sides;
  const { look = turn, patienceMs = usualPatienceMs } = target;
  const [method = ''] = one.request.toString('latin1').split(' ', 1);
  const read = (): Reading => readAnswer(client.bytes, 0, method, client.ending);
  const hung = !(await client.until(() => read().state !== 'open', patienceMs));
  const reading = read();
  await Promise.all(heard.deliveries);
  for (let i = 0; i < 3; i++) await look(); // What came last may end connections.
  const extra = client.bytes.subarray(reading.end);
  const known = { reading, ending: client.ending, hung, extra: Buffer.from(extra), requests: heard.requests };
  const goesOn = client.ending === 'open' && reading.state === 'whole' && mayGoOn(one.request, reading);
  const next = await askNext(target, goesOn ? client : undefined);
  return { ...known, goesOn, next, reused: heard.probeSocket !== undefined && heard.probeSocket === heard.caseSocket };
}

/** Another request may be sent on the connection: request and answer are whole and say nothing against it. */
function mayGoOn(request: Buffer, { lines, status }: Reading): boolean {
  const [head = '', ...rest] = request.toString('latin1').split('\r\n\r\n');
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
  const chunked = /\r\ntransfer-encoding:/i.test(head) && !request.toString('latin1').endsWith('0\r\n\r\n');
  if (chunked || rest.join('\r\n\r\n').length < length || status === 101) return false;
  if (!head.includes(' HTTP/1.1\r\n')) return false;
  return !lines.some((line) => /^connection:.*\bclose\b/i.test(line));
}

/** Sends the next request, on this connection or a new one. */
async function askNext(target: ResponseTarget, open: ResponseClient | undefined): Promise<ResponseOutcome['next']> {
  const { probe: path = '/after', patienceMs = usualPatienceMs } = target;
  const client = open ?? new ResponseClient(target.port);
  try {
    const from = client.bytes.length;
    client.send(`GET ${path} HTTP/1.1\r\nHost: a.test\r\n\r\n`);
    const read = (): Reading => readAnswer(client.bytes, from, 'GET', client.ending);
    await client.until(() => read().state !== 'open', patienceMs);
    const { status, body, state, interim } = read();
    if (status === 0 || state === 'open') return 'nothing';
    if (status === 200 && interim.length === 0 && state === 'whole' && body.toString('latin1') === path) return 'right';
    return status >= 500 ? 'error' : 'wrong';
  } finally {
    if (client !== open) client.reset();
  }
}
