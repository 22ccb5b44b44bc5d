import type net from 'node:net';
import type { WriterEnv } from './socket-writer.ts';

/**
 * For event handlers and timers of a connection: a turn of the event loop begins, and nothing that a peer does may throw out
 * of it. What throws all the same is our bug; it is told, and ends this connection only.
 */
export function guarded(env: WriterEnv, socket: net.Socket, action: () => void): void {
  env.clock.refresh();
  try {
    action();
  } catch (error) {
    broken(env, socket, error);
  }
}

/** The same for readers of bytes, which are called too often for a function each. @returns that no more is to be read. */
export function broken(env: WriterEnv, socket: net.Socket, error: unknown): false {
  env.bug(error);
  socket.destroy();
  return false;
}
