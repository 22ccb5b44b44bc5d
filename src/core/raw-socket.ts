import type net from 'node:net';

/** How many bytes the kernel has not taken yet of what was written; undefined where the runtime does not tell. */
export function pendingWriteBytes(socket: net.Socket): number | undefined {
  const handle = (socket as { _handle?: { writeQueueSize?: number } | null })._handle;
  return handle?.writeQueueSize;
}
