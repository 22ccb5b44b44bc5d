import type { DataPlaneStatus } from '../../proxy/index.ts';
import type { ThreadFacts, ThreadStatus } from './thread-host.ts';

/** What is said of one thread. @param status undefined: it does not answer. */
export function threadStatus(
  facts: ThreadFacts,
  generation: number,
  status: DataPlaneStatus | undefined,
): ThreadStatus {
  if (status === undefined) return { ...facts, generation, traffic: undefined };
  const { connections, exchanges, exchangesTotal, loop, shed, heapBytes } = status;
  return { ...facts, generation, traffic: { connections, exchanges, exchangesTotal, loop, shed, heapBytes } };
}
