// Process of its own: a WebSocket server on PORT that echoes short messages, and keeps what is open. Requests get what the origin answers.
import { createHash } from 'node:crypto';
import http from 'node:http';
import { large, smallBody } from '../peers/origin.ts';

const port = Number(process.argv[2]);
const largeBody = Buffer.alloc(large.bytes);
/** RFC 6455, section 1.3. */
const suffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

const server = http.createServer((request, response) =>
  response.end(request.url === large.path ? largeBody : smallBody),
);
server.on('upgrade', (request, socket) => {
  const accept = createHash('sha1')
    .update(`${request.headers['sec-websocket-key'] ?? ''}${suffix}`)
    .digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.on('error', () => socket.destroy()).on('end', () => socket.end());
  socket.on('data', (frame: Buffer) => socket.write(unmasked(frame)));
});
server.listen({ port, host: '127.0.0.1', backlog: 4096 });

/** The only frame that comes: short, whole and masked (RFC 6455, section 5.2). */
function unmasked(frame: Buffer): Buffer {
  const mask = frame.subarray(2, 6);
  const payload = frame.subarray(6).map((byte, i) => byte ^ (mask[i % 4] ?? 0));
  return Buffer.concat([Buffer.from([frame[0] ?? 0, payload.length]), payload]);
}
