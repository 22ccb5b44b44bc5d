// Process of its own: opens connections to PORT, sends one request on each, and keeps them.
// A line `<n>` on standard input opens n more; the answer is `<open> <closed>`. It ends with its standard input.
import net from 'node:net';
import tls from 'node:tls';
import { createInterface } from 'node:readline';

const port = Number(process.argv[2]);
/** The answer's last bytes are the body's. */
const end = process.argv[3] ?? '';
const overTls = process.argv[4] === 'tls';
const atOnce = 32;
let open = 0;
let closed = 0;

for await (const line of createInterface({ input: process.stdin })) {
  await openMore(Number(line));
  process.stdout.write(`${open} ${closed}\n`);
}
process.exit();

async function openMore(count: number): Promise<void> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await openOne();
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** Resolves when the connection has had its answer, or has failed. */
function openOne(): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(() => {
      open += 1;
      socket.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
    });
    let answer = '';
    socket.setEncoding('latin1').on('data', (text) => {
      answer += text;
      if (answer.trimEnd().endsWith(end)) resolve();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      closed += 1;
      resolve();
    });
  });
}

function connect(onOpen: () => void): net.Socket {
  if (!overTls) return net.connect(port, '127.0.0.1', onOpen);
  return tls.connect({ port, host: '127.0.0.1', servername: 'bench.test', rejectUnauthorized: false }, onOpen);
}
