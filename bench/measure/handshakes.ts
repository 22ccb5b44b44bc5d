// Process of its own: for SECONDS, CONNECTIONS at a time connect to PORT by TLS 1.3, send one request each and close.
// With `resumed` each shows the ticket of the last one of its worker. Prints one line of JSON at the end.
import tls from 'node:tls';

const [portText = '', secondsText = '', connectionsText = '', how = ''] = process.argv.slice(2);
const port = Number(portText);
const seconds = Number(secondsText);
const resume = how === 'resumed';
const begun = performance.now();
const end = begun + seconds * 1000;
/** An answer that takes longer is none. */
const answerMs = 10_000;
let done = 0;
let resumed = 0;
let bytes = 0;
let failed = 0;
const waits: number[] = [];

await Promise.all(Array.from({ length: Number(connectionsText) }, worker));
waits.sort((a, b) => a - b);
const took = (performance.now() - begun) / 1000;
process.stdout.write(
  `${JSON.stringify({ requests: done, resumed, failed, bytes, seconds: took, p99Ms: waits[Math.floor(waits.length * 0.99)] })}\n`,
);
process.exit();

async function worker(): Promise<void> {
  let session: Buffer | undefined;
  while (performance.now() < end) session = (await connectOnce(session)) ?? session;
}

/** Resolves with the ticket that the connection was given. */
function connectOnce(session: Buffer | undefined): Promise<Buffer | undefined> {
  const since = performance.now();
  let ticket: Buffer | undefined;
  let whole = false;
  return new Promise((resolve) => {
    const socket = tls.connect({
      port,
      host: '127.0.0.1',
      servername: 'bench.test',
      rejectUnauthorized: false,
      minVersion: 'TLSv1.3',
      ...(resume && session !== undefined && { session }),
    });
    socket.setTimeout(answerMs, () => socket.destroy());
    socket.on('session', (given) => (ticket = given));
    socket.once('secureConnect', () => {
      if (socket.isSessionReused()) resumed += 1;
      socket.write('GET / HTTP/1.1\r\nHost: bench.test\r\nConnection: close\r\n\r\n');
    });
    socket.on('data', (chunk) => (bytes += chunk.length));
    socket.once('end', () => (whole = true));
    socket.on('error', () => undefined);
    socket.once('close', () => {
      if (whole) done += 1;
      else failed += 1;
      waits.push(performance.now() - since);
      resolve(ticket);
    });
  });
}
