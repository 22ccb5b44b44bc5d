import type net from 'node:net';
import { socketBelow } from './raw-socket.ts';

/**
 * Ends a connection at once, by a TCP reset where that can be: the peer learns that something was lost, and the kernel
 * keeps nothing of what a stalled peer did not take. 'close' follows, and no 'error' that nobody handles.
 *
 * `resetAndDestroy` alone is not safe: it throws for a unix socket and for a TLS socket, and between `end()` and its way to
 * the system it fails so that the descriptor stays open for ever and 'close' is never said (Node 24 and 26). A plain
 * `destroy` does then. Under TLS it is the socket below that is reset; it takes the one above with it.
 */
export function resetSocket(socket: net.Socket): void {
  socket.on('error', ignore);
  const below = 'encrypted' in socket ? socketBelow(socket) : socket;
  if (below === undefined || below.remotePort === undefined || isShuttingDown(socket)) return void socket.destroy();
  if (below !== socket) below.on('error', ignore);
  below.resetAndDestroy();
  if (below !== socket) socket.destroy();
}

/** All has been written, and the FIN is on its way from Node to the kernel: for a turn of the loop. */
function isShuttingDown(socket: net.Socket): boolean {
  return socket.writableEnded && !socket.writableFinished && (socket.writableLength === 0 || 'encrypted' in socket);
}

function ignore(): void {}
