// Process of its own: opens WebSockets to PORT, sends one message on each, waits for its echo, and keeps them.
// With `h2` they are streams of HTTP/2 over TLS (RFC 8441), 100 on each connection; with `http` HTTP/1.1.
// A line `<n>` on standard input opens n more; the answer is `<open> <closed>`. It ends with its standard input.
import http2 from 'node:http2';
import net from 'node:net';
import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';

const port = Number(process.argv[2]);
const overHttp2 = process.argv[3] === 'h2';
const streamsEach = 100;
const atOnce = 32;
/** A masked text frame that says `hi`, and its echo. */
const message = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]);
const echo = Buffer.from([0x81, 0x02, 0x68, 0x69]);
const upgrade = {
  Upgrade: 'websocket',
  Connection: 'Upgrade',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version': '13',
};
let open = 0;
let closed = 0;
let begun = 0;
let session: Promise<http2.ClientHttp2Session> | undefined;

for await (const line of createInterface({ input: process.stdin })) {
  await openMore(Number(line));
  process.stdout.write(`${open} ${closed}\n`);
}
process.exit();

async function openMore(count: number): Promise<void> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await (overHttp2 ? openStream() : openConnection());
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** Resolves when the message has come back, or the tunnel has ended. */
function talk(tunnel: Duplex, after: Buffer): Promise<void> {
  return new Promise((resolve) => {
    let heard = after;
    tunnel.on('data', (chunk: Buffer) => {
      heard = Buffer.concat([heard, chunk]);
      if (!heard.equals(echo)) return;
      open += 1;
      resolve();
    });
    tunnel.on('close', () => {
      closed += 1;
      resolve();
    });
    tunnel.write(message);
  });
}

function openConnection(): Promise<void> {
  const fields = Object.entries(upgrade).map(([name, value]) => `${name}: ${value}\r\n`);
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    const failed = (): void => {
      closed += 1;
      resolve();
    };
    let head = '';
    const onData = (chunk: Buffer): void => {
      head += chunk.toString('latin1');
      if (!head.endsWith('\r\n\r\n')) return;
      socket.off('data', onData).off('close', failed);
      if (!head.startsWith('HTTP/1.1 101 ')) return failed();
      void talk(socket, Buffer.alloc(0)).then(resolve);
    };
    socket
      .on('error', () => undefined)
      .on('close', failed)
      .on('data', onData);
    socket.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${fields.join('')}\r\n`);
  });
}

async function openStream(): Promise<void> {
  if (begun++ % streamsEach === 0) session = connect();
  const own = await session;
  await new Promise<void>((resolve) => {
    const stream = own?.request(
      { ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/', 'sec-websocket-version': '13' },
      { endStream: false },
    );
    const failed = (): void => {
      closed += 1;
      resolve();
    };
    if (stream === undefined) return failed();
    stream.on('error', () => undefined).on('close', failed);
    stream.on('response', (headers) => {
      stream.off('close', failed);
      if (headers[':status'] !== 200) return failed();
      void talk(stream, Buffer.alloc(0)).then(resolve);
    });
  });
}

/** Resolves when the other side has said that it knows extended CONNECT. */
function connect(): Promise<http2.ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    const made = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
    made.on('error', reject).on('remoteSettings', ({ enableConnectProtocol }) => {
      if (enableConnectProtocol === true) resolve(made);
      else reject(new Error('Cannot open a WebSocket over HTTP/2: extended CONNECT is not offered'));
    });
  });
}
