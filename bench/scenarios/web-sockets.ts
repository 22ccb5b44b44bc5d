import { fileURLToPath } from 'node:url';
import type { Bench } from '../bench.ts';
import { limits } from '../limits.ts';
import { freePort } from '../../test/harness/free-port.ts';
import { bytesEach } from '../measure/opener.ts';
import { spreadOf } from '../measure/statistics.ts';
import { answersAs } from '../peers/answers.ts';
import type { Peer } from '../peers/peer.ts';
import { startProxy } from '../peers/running.ts';
import { figure, table } from '../report/table.ts';

const origin = fileURLToPath(new URL('../measure/web-socket-origin.ts', import.meta.url));
const opener = fileURLToPath(new URL('../measure/idle-web-sockets.ts', import.meta.url));

/** Resident memory that WebSockets take which have echoed one message and now say nothing; Postern only. */
export async function measureWebSockets(
  bench: Bench,
  peers: readonly Peer[],
  scenario: 'websockets' | 'h2-websockets',
): Promise<void> {
  const { options, report } = bench;
  for (const peer of peers.filter(({ own }) => own)) {
    const bytes: number[] = [];
    try {
      while (bytes.length < options.idleRuns) bytes.push(await bytesOf(bench, peer));
    } catch (error) {
      report.fail(error instanceof Error ? error.message : String(error));
    }
    report.keep(`${scenario}: ${peer.name}`, bytes);
    const spread = spreadOf(bytes);
    const row = [peer.name, figure(spread?.min), figure(spread?.median), figure(spread?.max), String(bytes.length)];
    report.say(table([`bytes each, ${options.webSockets} opened`, 'min', 'median', 'max', 'runs'], [row]));
    if (peer.name !== 'postern') continue;
    const value = spread?.median;
    report.hold({ what: `${scenario}: memory of one`, value, limit: limits.webSocketBytes, unit: ' bytes' });
  }
}

async function bytesOf(bench: Bench, peer: Peer): Promise<number> {
  const { children, folder, options } = bench;
  const originPort = await freePort();
  const args = [origin, String(originPort)];
  const server = children.start({ command: process.execPath, args, cwd: folder, core: options.loadCore });
  await using _ = { [Symbol.asyncDispose]: () => server.stop() };
  await answersAs(server, 'the server for WebSockets', `http://127.0.0.1:${originPort}`);
  await using proxy = await startProxy({ ...bench, originPort }, peer);
  const opening = [opener, String(proxy.port), peer.asked ?? 'http'];
  return await bytesEach(bench, proxy, { args: opening, count: options.webSockets });
}
