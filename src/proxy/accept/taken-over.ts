import { hostsOverlap } from '../../core/ip.ts';
import type { ListeningSocket } from '../data-plane.ts';
import type { ListenAddress } from '../plan.ts';

/**
 * Listening sockets of the process before this one, until the listeners that continue them have opened.
 *
 * With a descriptor the very socket goes on, and nothing that waits in its queue is lost. Without one the kernel lets a second
 * socket have the address beside the first (SO_REUSEPORT).
 */
export class TakenOver {
  #sockets: readonly ListeningSocket[] = [];
  /** Those that a listener continues. */
  readonly #found: Set<ListeningSocket> = new Set();

  offer(sockets: readonly ListeningSocket[]): void {
    this.#sockets = sockets;
  }

  /** One that had this address in the plan before; undefined: the address is new. Of several the first: there is one listener for it. */
  find(address: ListenAddress): ListeningSocket | undefined {
    const key = keyOf(address);
    const found = this.#sockets.find((socket) => keyOf(socket.address) === key);
    if (found !== undefined) this.#found.add(found);
    return found;
  }

  /** Whether one of them, with another address, is in the way of this one. */
  overlaps(address: ListenAddress): boolean {
    return this.#sockets.some((socket) => isInTheWay(socket, address));
  }

  /**
   * Forgets all of them. @returns descriptors of those that no listener uses: they are to be closed. The process before this one may
   * have had more threads, and so more sockets of an address than there are listeners; what waits in one that nobody accepts
   * from would wait for ever.
   */
  settle(used: readonly ListenAddress[]): readonly number[] {
    const keys = new Set(used.map(keyOf));
    const isUsed = (socket: ListeningSocket): boolean => this.#found.has(socket) && keys.has(keyOf(socket.address));
    const left = this.#sockets.filter((socket) => socket.fd !== undefined && !isUsed(socket));
    this.#sockets = [];
    this.#found.clear();
    return left.map(({ fd }) => fd!);
  }
}

function keyOf(address: ListenAddress): string {
  return address.kind === 'unix' ? `unix:${address.path}` : `${address.host ?? ''} ${address.port}`;
}

/** Whether the system would refuse the address, if it did not know that both are ours. */
export function isInTheWay({ address: other, port }: ListeningSocket, address: ListenAddress): boolean {
  if (address.kind === 'unix' || other.kind === 'unix') return false;
  return port === address.port && hostsOverlap(other.host, address.host);
}
