import { readListenAddress } from './listen-address.ts';
import { bad, good, type Reading } from './reading.ts';

/** Where the admin API listens over TCP. */
export interface ReadAddress {
  /** Undefined: every address of the machine. */
  readonly host: string | undefined;
  readonly port: number;
}

/** `127.0.0.1:2020`, `[::1]:2020`, `localhost:2020`, or an address that others can reach. */
export function readAdminAddress(text: string): Reading<ReadAddress> {
  const read = readListenAddress(text);
  if (!read.ok) return read;
  const { value } = read;
  if (value.kind === 'unix') {
    return bad('it is a socket, for which there is admin.socket', 'write 127.0.0.1, [::1] or localhost with a port');
  }
  const { host, port } = value;
  return good({ host, port });
}

/** This machine alone can reach it. */
export function isLoopback(host: string | undefined): boolean {
  return host === '::1' || host?.startsWith('127.') === true;
}
