import type { TracedExchange } from '../proxy/index.ts';
import { table } from './table.ts';

/** What became of a request that was traced, for people. */
export function tracedText(traced: TracedExchange): string {
  return [title(traced), steps(traced), end(traced)].filter((part) => part !== '').join('\n\n');
}

function title({ method, url, listener, client, at, protocol }: TracedExchange): string {
  const peer = client.peer === client.address ? '' : ` by way of ${client.peer}`;
  const tls = client.tls === undefined ? '' : `, ${client.tls}`;
  const from = `from ${client.address}${peer}, port ${client.port}`;
  return visible(`${method} ${url}\ncame in by listener ${listener} ${from}\nat ${at}, ${protocol}${tls}`);
}

function steps({ notes }: TracedExchange): string {
  if (notes.length === 0) return '';
  const lines = notes.map(({ at, step, by = '', what }) => ['', time(at), step, visible(by), visible(what)]);
  return table([['', 'AFTER', 'STEP', 'BY', ''], ...lines]);
}

function end(traced: TracedExchange): string {
  const { status, reason, route, pool, server, user, retries, bytesIn, bytesOut, timings, traceId } = traced;
  const lines = [
    `ended with ${status}${reason === undefined ? '' : ` (${reason})`} after ${time(timings.ended)}`,
    route === undefined ? 'no route took it' : `route ${route}`,
    ...(server === '' ? [] : [`server ${server} of pool ${pool}${retries === 0 ? '' : `, after ${times(retries)}`}`]),
    ...(user === '' ? [] : [`user ${user}`]),
    `head read after ${time(timings.headRead)}, with a server after ${time(timings.connected)}, answer began after ${time(timings.firstByte)}`,
    `${bytesIn} bytes of a body came in, ${bytesOut} went out`,
    ...(traceId === undefined ? [] : [`trace ${traceId} at the collector`]),
  ];
  return visible(lines.join('\n'));
}

function times(retries: number): string {
  return retries === 1 ? 'one retry' : `${retries} retries`;
}

function time(ms: number | undefined): string {
  return ms === undefined ? '-' : `${ms.toFixed(ms < 10 ? 2 : 0)} ms`;
}

/** What a client has sent must not steer the terminal: control characters, C1 and marks of direction among them. */
function visible(text: string): string {
  return text.replace(
    /[^\n\P{Cc}]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
