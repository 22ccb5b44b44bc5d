import type { Bench } from '../bench.ts';
import type { RunningProxy } from '../peers/running.ts';
import type { WrkResult } from './wrk.ts';

/** Load over HTTP/2. */
export interface Http2Load {
  readonly path: string;
  readonly connections: number;
  /** Streams at once on each of them. */
  readonly streams: number;
}

/**
 * What a client lets come without saying more, as powers of two: 4 MB a stream, 16 MB a connection, about what browsers give.
 * What h2load would give by itself, a gigabyte, is no window at all.
 */
const windows = ['-w22', '-W24'];

/** Runs h2load, one thread, for the length of a round. @throws {Error} when it fails or does not end in time */
export async function runH2load(bench: Bench, proxy: RunningProxy, load: Http2Load): Promise<WrkResult> {
  const { children, options, folder } = bench;
  const size = ['-t1', `-c${load.connections}`, `-m${load.streams}`, `-D${options.seconds}`];
  // Without HTTP/1.1 in the list there is no falling back to it.
  const args = [...size, ...windows, '--npn-list=h2', proxy.url(load.path)];
  const child = children.start({ command: 'h2load', args, cwd: folder, core: options.loadCore });
  const timer = setTimeout(() => child.interrupt(), (options.seconds + 30) * 1000);
  await child.end();
  clearTimeout(timer);
  if (child.output === '') throw new Error(`Cannot load ${proxy.name}: h2load ${child.complaint}`);
  // Now and then it ends, or hangs, between stopping its clients and its report.
  if (child.output.includes('Stopped all clients') && !child.output.includes('finished in'))
    return noReport(options.seconds, child.complaint);
  return parseH2load(child.output);
}

function noReport(seconds: number, complaint: string): WrkResult {
  const nothing = { requests: 0, bytes: 0, requestsPerSecond: 0, p99Ms: undefined };
  return { ...nothing, seconds, errors: `h2load made no report: ${complaint}` };
}

/**
 * Bytes are those of bodies. Requests that the end of a round cuts off are not counted. It knows no percentiles.
 * @throws {Error} when the text is not h2load's report
 */
export function parseH2load(text: string): WrkResult {
  const finished = /^finished in ([\d.]+)(us|ms|s|m|h)?, ([\d.]+) req\/s/m.exec(text);
  const counts = /^requests: .* (\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout$/m.exec(text);
  const statuses = /^status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx$/m.exec(text);
  const traffic = /^traffic: .* \((\d+)\) data$/m.exec(text);
  if (!finished || !counts || !statuses || !traffic)
    throw new Error(`Cannot read h2load's report: ${text.trim().slice(-200) || 'it is empty'}`);
  return {
    requests: Number(counts[2]),
    seconds: Number(finished[1]) * (secondUnits[finished[2] ?? 's'] ?? Number.NaN),
    bytes: Number(traffic[1]),
    requestsPerSecond: Number(finished[3]),
    p99Ms: undefined,
    errors: errorsOf(text, counts, statuses),
  };
}

const secondUnits: Readonly<Record<string, number>> = { us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/** A connection that did not agree on HTTP/2 counts no request: it is seen by what was agreed on. */
function errorsOf(text: string, counts: RegExpExecArray, statuses: RegExpExecArray): string | undefined {
  if (!/^Application protocol: h2$/m.test(text)) return 'no connection agreed on HTTP/2';
  const [failed, errored, late] = [Number(counts[3]), Number(counts[4]), Number(counts[5])];
  const bad = Number(statuses[2]) + Number(statuses[3]) + Number(statuses[4]);
  if (failed + errored + late + bad === 0) return undefined;
  return `${failed} failed, ${errored} errored, ${late} late, ${bad} not 2xx`;
}
