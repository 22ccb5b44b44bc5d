// oxlint-disable no-underscore-dangle -- the private `_handle` is what this file is about
import net from 'node:net';
import type { ReadBuffer } from '../../core/read-buffer.ts';

/** A client's socket whose bytes go to `onBytes`, and what has to be asked of it while it is certainly connected. */
export interface AdoptedSocket {
  readonly socket: net.Socket;
  /** As the system says it (`::ffff:` still on); empty on a unix socket, and where the peer has gone already. */
  readonly remoteAddress: string;
  /** 0 where there is none. */
  readonly remotePort: number;
  readonly localPort: number;
}

/**
 * How bytes are read. `onread`: into one static buffer that all sockets share, which costs a sixth less CPU a request.
 * `data`: by 'data' events, each with memory of its own, which works for every socket.
 */
export type ReadBy = 'onread' | 'data';

/** What is used of the private `_handle` of a socket: the system's side of it, which knows nothing of streams. */
interface Handle {
  useUserBuffer(buffer: Uint8Array): unknown;
  readStart(): number;
  readStop(): number;
}

/** A socket as it is behind its types. */
interface HandleOwner {
  _handle?: Partial<Handle> | null;
}

/**
 * Gives an accepted socket's bytes to `onBytes`, read into the shared `buffer`. Call it within the 'connection' event of
 * a server that has `pauseOnConnect`, `allowHalfOpen` and `noDelay`; `accepted` must not be used afterwards.
 *
 * (1) Nothing is read before `socket.resume()`.
 * (2) The chunk is lent: the next read of any socket overwrites it.
 * (3) When `onBytes` returns false, nothing more is read (nor the peer's end or reset noticed) until `socket.resume()`.
 *     A `resume()` from within `onBytes` does not count if it then returns false.
 * (4) After the peer's FIN the socket can still be written to; it closes when both sides have ended.
 *
 * A server listens with a socket of its own, so `onread` needs a new `net.Socket` over the accepted handle, and that
 * rests on the private `_handle`. Where the handle is not what it was, 'data' events do the same for more CPU.
 */
export function adopt(
  accepted: net.Socket,
  buffer: ReadBuffer,
  onBytes: (chunk: Buffer) => boolean,
  readBy: ReadBy = 'onread',
): AdoptedSocket {
  // Asked first: the accepted socket knows no address once its handle has moved.
  const remoteAddress = accepted.remoteAddress ?? '';
  const remotePort = accepted.remotePort ?? 0;
  const localPort = accepted.localPort ?? 0;
  const handle = readBy === 'onread' ? takeHandle(accepted) : undefined;
  const socket = handle === undefined ? readByEvents(accepted, onBytes) : readByBuffer(handle, buffer, onBytes);
  // A socket without an 'error' listener takes the process down when its peer resets; what it means is told by 'close'.
  socket.on('error', ignore);
  return { socket, remoteAddress, remotePort, localPort };
}

/** Takes the handle away from the accepted socket, which is then of no more use. Undefined: it is not what we know. */
function takeHandle(accepted: net.Socket): Handle | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- private; what is read of it is checked
  const owner = accepted as HandleOwner;
  const handle = owner._handle;
  if (!isHandle(handle)) return undefined;
  owner._handle = null;
  // Not only to be tidy: the server counts this socket until it is destroyed, and would never finish to close.
  accepted.destroy();
  return handle;
}

function isHandle(handle: HandleOwner['_handle']): handle is Handle {
  return (
    typeof handle?.useUserBuffer === 'function' &&
    typeof handle.readStart === 'function' &&
    typeof handle.readStop === 'function'
  );
}

function readByBuffer(handle: Handle, buffer: ReadBuffer, onBytes: (chunk: Buffer) => boolean): net.Socket {
  const socket = new net.Socket({
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the types know no handle of an accepted socket
    handle: handle as unknown as net.BoundSocket,
    allowHalfOpen: true, // Of the new socket too, or what is written after the peer's FIN is lost.
    onread: { buffer: buffer.bytes, callback: (length) => onBytes(buffer.read(length)) },
  });
  return socket.pause(); // The constructor has begun to read; in the same turn no byte can have come.
}

/** For sockets of any kind: by 'data' events, by the same rules. */
export function readByEvents(accepted: net.Socket, onBytes: (chunk: Buffer) => boolean): net.Socket {
  accepted.pause(); // An explicit pause keeps the 'data' listener from starting to read.
  accepted.on('data', (chunk: Buffer) => {
    // After destroy() a stream may still hand out what it had read, on Node 24.
    if (!accepted.destroyed && !onBytes(chunk)) accepted.pause();
  });
  return accepted;
}

function ignore(): void {}
