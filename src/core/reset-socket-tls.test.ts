import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import tls from 'node:tls';

import { resetSocket } from './reset-socket.ts';

/** Agreed on without any certificate: only in tests. */
const anonymous: tls.ConnectionOptions & tls.TlsOptions = {
  ciphers: 'AECDH-AES128-SHA:@SECLEVEL=0',
  maxVersion: 'TLSv1.2',
};

for (const [when, reset] of [
  ['from within the end of the handshake', resetSocket],
  ['a turn after the handshake', (socket: tls.TLSSocket): void => void setImmediate(resetSocket, socket)],
] as const) {
  test(`resetSocket() ${when} resets the connection and lets OpenSSL finish`, async () => {
    const errors: string[] = [];
    const server = tls.createServer(anonymous, (socket) => {
      socket.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code ?? ''));
      socket.on('close', () => server.close());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const below = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
    const socket = tls.connect({
      ...anonymous,
      socket: below,
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    });
    socket.once('secureConnect', () => reset(socket));
    await Promise.all([once(socket, 'close'), once(server, 'close')]);
    assert.deepEqual([errors, below.destroyed], [['ECONNRESET'], true]);
  });
}
