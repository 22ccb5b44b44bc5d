import type net from 'node:net';

/** The private side of a socket that is asked for; every part of it may be missing. */
interface WithHandle extends net.Socket {
  readonly _handle?: { readonly writeQueueSize?: number } | null;
}

/** How many bytes the kernel has not taken yet of what was written; undefined where the runtime does not tell. */
export function pendingWriteBytes(socket: WithHandle): number | undefined {
  return socket._handle?.writeQueueSize;
}
