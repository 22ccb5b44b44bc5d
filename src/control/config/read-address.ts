import { readListenAddress } from './listen-address.ts';
import { bad, good, type Reading } from './reading.ts';

/** An address that this machine alone can reach. */
export interface ReadAddress {
  readonly host: string;
  readonly port: number;
}

/** `127.0.0.1:2020`, `[::1]:2020` or `localhost:2020`: whoever can connect may read what is there. */
export function readLoopbackAddress(text: string): Reading<ReadAddress> {
  const read = readListenAddress(text);
  if (!read.ok) return read;
  const { value } = read;
  const remedy =
    'write 127.0.0.1, [::1] or localhost with a port, and let other machines in by a route with a password';
  if (value.kind === 'unix') return bad('it is a socket, for which there is admin.socket', remedy);
  const { host, port } = value;
  if (host !== '::1' && !host?.startsWith('127.')) return bad('other machines could reach it', remedy);
  return good({ host, port });
}
