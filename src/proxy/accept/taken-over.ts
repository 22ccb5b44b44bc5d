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

  offer(sockets: readonly ListeningSocket[]): void {
    this.#sockets = sockets;
  }

  /** The one that had this address in the plan before; undefined: the address is new. */
  find(address: ListenAddress): ListeningSocket | undefined {
    const key = keyOf(address);
    return this.#sockets.find((socket) => keyOf(socket.address) === key);
  }

  /** Forgets all of them. @returns descriptors of those that no listener uses: they are to be closed. */
  settle(used: readonly ListenAddress[]): readonly number[] {
    const keys = new Set(used.map(keyOf));
    const left = this.#sockets.filter(({ fd, address }) => fd !== undefined && !keys.has(keyOf(address)));
    this.#sockets = [];
    return left.map(({ fd }) => fd!);
  }
}

function keyOf(address: ListenAddress): string {
  return address.kind === 'unix' ? `unix:${address.path}` : `${address.host ?? ''} ${address.port}`;
}
