import net from 'node:net';

/** The private side of a socket that is asked for; every part of it may be missing. */
interface WithHandle extends net.Socket {
  readonly _handle?: { readonly writeQueueSize?: number } | null;
}

/** A TLS socket over a socket of ours. */
interface WithParent extends net.Socket {
  readonly _parent?: unknown;
}

/**
 * How many bytes the kernel has not taken yet of what was written; undefined where the runtime does not tell. For TLS it is
 * what waits in both layers: more than what was written, but it moves whenever the peer takes a byte.
 */
export function pendingWriteBytes(socket: WithHandle): number | undefined {
  const pending = socket._handle?.writeQueueSize;
  const below: WithHandle | undefined = socketBelow(socket);
  if (pending === undefined || below === undefined) return pending;
  return pending + (below._handle?.writeQueueSize ?? 0);
}

/** The socket that a TLS socket speaks over; undefined where there is none, or the runtime does not tell. */
export function socketBelow(socket: WithParent): net.Socket | undefined {
  return socket._parent instanceof net.Socket ? socket._parent : undefined;
}
