import type net from 'node:net';
import { socketBelow } from './raw-socket.ts';

/** What `resetAndDestroy` sets before it destroys: the types do not know it. */
interface Resettable extends net.Socket {
  resetAndClosing?: boolean;
}

/**
 * Ends a connection at once, by a TCP reset where that can be: the peer learns that something was lost, and the kernel
 * keeps nothing of what a stalled peer did not take. 'close' follows, and no 'error' that nobody handles.
 *
 * `resetAndDestroy` alone is not safe: it throws for a unix socket and for a TLS socket, and between `end()` and its way to
 * the system it fails so that the descriptor stays open for ever and 'close' is never said (Node 24 and 26). A plain
 * `destroy` does then.
 *
 * Under TLS it is the socket below that is reset, but by way of the one above: that waits for the end of the one below before
 * it frees what OpenSSL works on. The other way round it is freed at once, and where the reset comes from within a handshake
 * (in 'secureConnect', say), OpenSSL goes on with freed memory and takes the process down.
 */
export function resetSocket(socket: net.Socket): void {
  socket.on('error', ignore);
  const below: Resettable | undefined = 'encrypted' in socket ? socketBelow(socket) : socket;
  if (below === undefined || below.remotePort === undefined || isShuttingDown(socket)) return void socket.destroy();
  if (below === socket) return void socket.resetAndDestroy();
  below.on('error', ignore);
  below.resetAndClosing = true;
  socket.destroy();
}

/** All has been written, and the FIN is on its way from Node to the kernel: for a turn of the loop. */
function isShuttingDown(socket: net.Socket): boolean {
  return socket.writableEnded && !socket.writableFinished && (socket.writableLength === 0 || 'encrypted' in socket);
}

function ignore(): void {}
