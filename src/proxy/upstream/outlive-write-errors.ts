import type net from 'node:net';

/**
 * Keeps a socket readable after a write has failed: Node destroys it at once, and with it the bytes that came before the
 * peer's reset and have not been read. `outlive` is called once, at the first such error, and says whether the socket is to
 * be kept; it is then the caller's to destroy, since no 'end' will come.
 */
export function outliveWriteErrors(socket: net.Socket, outlive: () => boolean): void {
  const destroy = socket.destroy.bind(socket);
  let first = true;
  socket.destroy = (error?: Error): net.Socket => {
    if (!first || !isWriteError(error)) return destroy(error);
    first = false;
    return outlive() ? socket : destroy(error);
  };
}

function isWriteError(error: Error | undefined): boolean {
  if (!error || !('syscall' in error) || !('code' in error)) return false;
  return (
    (error.syscall === 'write' || error.syscall === 'writev') && (error.code === 'EPIPE' || error.code === 'ECONNRESET')
  );
}
