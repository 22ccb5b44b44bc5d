/** What wrk says of one run. */
export interface WrkResult {
  readonly requests: number;
  readonly seconds: number;
  /** Bytes read, heads included; wrk rounds to three or four digits. */
  readonly bytes: number;
  readonly requestsPerSecond: number;
  readonly p99Ms: number | undefined;
  /** `Non-2xx` and socket errors in wrk's own words; undefined: none. */
  readonly errors: string | undefined;
}

const byteUnits: Readonly<Record<string, number>> = { B: 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30, TB: 2 ** 40 };
const secondUnits: Readonly<Record<string, number>> = { us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/** @throws {Error} when the text is not wrk's report */
export function parseWrk(text: string): WrkResult {
  const total = /^\s*(\d+) requests in ([\d.]+)(us|ms|s|m|h), ([\d.]+)([KMGT]?B) read$/m.exec(text);
  const rate = /^Requests\/sec:\s+([\d.]+)$/m.exec(text);
  if (!total || !rate) throw new Error(`Cannot read wrk's report: ${text.trim().slice(0, 200) || 'it is empty'}`);
  const p99 = /^\s+99%\s+([\d.]+)(us|ms|s|m|h)$/m.exec(text);
  const errors = text.match(/^\s*(?:Socket errors|Non-2xx or 3xx responses): .*$/gm);
  return {
    requests: Number(total[1]),
    seconds: Number(total[2]) * unit(secondUnits, total[3]),
    bytes: Number(total[4]) * unit(byteUnits, total[5]),
    requestsPerSecond: Number(rate[1]),
    p99Ms: p99 ? Number(p99[1]) * unit(secondUnits, p99[2]) * 1000 : undefined,
    errors: errors ? errors.map((line) => line.trim()).join('; ') : undefined,
  };
}

function unit(units: Readonly<Record<string, number>>, name: string | undefined): number {
  return units[name ?? ''] ?? Number.NaN;
}
