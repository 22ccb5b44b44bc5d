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
    env.bug(error);
    socket.destroy();
  }
}
