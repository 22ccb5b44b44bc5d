import { hkdfSync } from 'node:crypto';

/** Length of what OpenSSL wants for tickets: a name, a key to sign and a key to encrypt, 16 bytes each. */
const ticketKeyBytes = 48;

/**
 * The keys of one listener's tickets, made of those of the process.
 *
 * Each listener has its own, so that a session of one is no entry to another (another may ask for client certificates), and
 * all threads make the same ones.
 *
 * @param identity of the listener's sessions, as `identityOf` says it.
 */
export function ticketKeysFor(secret: Uint8Array, identity: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `postern tls tickets ${identity}`, ticketKeyBytes));
}
