import { splitAnswer, splitsAnswer } from '../control/admin/split-calls.ts';
import type { SplitState } from '../control/servers/runtime-servers.ts';
import { callRunning, userName } from './call-running.ts';
import { ExitCode } from './exit-code.ts';
import type { SocketOptions } from './find-socket.ts';
import { complain, say } from './outputs.ts';
import { table } from './table.ts';
import { telling } from './telling.ts';

export interface SplitOptions extends SocketOptions {
  readonly json?: boolean;
  readonly reset?: boolean;
}

/** Weights as they are written: `80/20` in the order of the config, or `stable=80,canary=20`. */
export type SplitWeights = readonly number[] | Readonly<Record<string, number>>;

/** `postern split [ROUTE [WEIGHTS]] [--reset]`. */
export async function split(
  route: string | undefined,
  weights: SplitWeights | undefined,
  options: SplitOptions,
): Promise<ExitCode> {
  return await telling(async () => {
    if (route !== undefined && (weights !== undefined || options.reset === true)) {
      return await set(route, weights, options);
    }
    const { splits } = await callRunning('/api/v1/splits', undefined, splitsAnswer, options);
    const shown = route === undefined ? splits : splits.filter((each) => each.route === route);
    say(options.json === true ? JSON.stringify(shown, undefined, 2) : splitText(shown));
  });
}

async function set(route: string, weights: SplitWeights | undefined, options: SplitOptions): Promise<void> {
  const body = { route, weights, by: userName() };
  const done = await callRunning('/api/v1/splits/set', body, splitAnswer, options);
  if (options.json === true) say(JSON.stringify(done, undefined, 2));
  else say(`${splitText([done.split])}${done.changed ? '' : '\n\nIt was so already'}`);
  if (done.lost !== undefined && options.json !== true) complain(`It counts until Postern ends: ${done.lost}`);
}

/** One line for each pool of each split. */
export function splitText(splits: readonly SplitState[]): string {
  if (splits.length === 0) return 'No route leads to several pools';
  const rows = splits.flatMap(({ route, shares }) => {
    const all = shares.reduce((sum, { weight }) => sum + weight, 0);
    return shares.map(({ pool, planned, weight }) => [
      route,
      pool,
      String(weight),
      `${Math.round((weight * 1000) / all) / 10} %`,
      weight === planned ? '' : `${planned} by the config`,
    ]);
  });
  return table([['ROUTE', 'POOL', 'WEIGHT', 'SHARE', ''], ...rows]);
}
