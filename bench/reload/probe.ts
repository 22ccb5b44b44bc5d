// Loaded into every data thread by `--import`: how long its event loop is held up, told when the benchmark asks.
import { BroadcastChannel, isMainThread, threadId, workerData } from 'node:worker_threads';

import { probeChannel, type ProbeMessage } from './probe-channel.ts';

/** How often the loop is looked at, in ms. */
const everyMs = 1;

function watch(): void {
  const channel = new BroadcastChannel(probeChannel);
  let [longestWall, longestCpu] = [0, 0];
  let [wall, cpu] = [performance.now(), cpuMs()];
  setInterval(() => {
    const [wallNow, cpuNow] = [performance.now(), cpuMs()];
    longestWall = Math.max(longestWall, wallNow - wall);
    longestCpu = Math.max(longestCpu, cpuNow - cpu);
    [wall, cpu] = [wallNow, cpuNow];
  }, everyMs).unref();
  channel.addEventListener('message', ({ data }: { data: ProbeMessage }) => {
    if (data.kind !== 'ask') return;
    const told: ProbeMessage = { kind: 'told', thread: threadId, wallMs: longestWall, cpuMs: longestCpu };
    channel.postMessage(told);
    [longestWall, longestCpu] = [0, 0];
  });
  channel.unref();
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

// A data thread is told of its part in what threads share; other workers are none of ours.
if (!isMainThread && typeof workerData === 'object' && workerData !== null && 'shared' in workerData) watch();
