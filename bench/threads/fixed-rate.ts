import net from 'node:net';

/** What a load is to be. */
export interface FixedRate {
  readonly port: number;
  readonly connections: number;
  /** Requests a second, of all connections together. */
  readonly rate: number;
  readonly seconds: number;
}

/** What became of it. */
export interface FixedRateResult {
  /** Answers of 200 that came whole. */
  readonly answers: number;
  /** Requests that were due while every connection still waited for an answer: the rate was not reached. */
  readonly missed: number;
  /** Connections that failed, and other answers. */
  readonly failures: number;
}

const request = 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
const tickMs = 1;

/**
 * As many requests in each millisecond as the rate asks for, over kept connections in turn, whatever the answers take. A connection
 * carries one request at a time.
 *
 * @throws {Error} where the connections do not open.
 */
export async function runFixedRate({ port, connections, rate, seconds }: FixedRate): Promise<FixedRateResult> {
  const result = { answers: 0, missed: 0, failures: 0 };
  const free: net.Socket[] = [];
  const sockets = await Promise.all(Array.from({ length: connections }, () => connect(port)));
  for (const socket of sockets) {
    free.push(socket);
    socket.on('data', (bytes: Buffer) => {
      // Small answers come in one piece.
      if (bytes.latin1Slice(9, 12) === '200') result.answers += 1;
      else result.failures += 1;
      free.push(socket);
    });
    socket.on('error', () => (result.failures += 1));
    socket.on('close', () => (result.failures += 1));
  }
  await sendInTime(rate, seconds, () => {
    const socket = free.shift();
    if (socket === undefined) result.missed += 1;
    else socket.write(request);
  });
  for (let wait = 0; free.length < connections && wait < 100; wait++) await pause(20);
  for (const socket of sockets) {
    socket.removeAllListeners('close');
    socket.destroy();
  }
  return result;
}

/** Calls it so often a second, in bursts of a tick. */
async function sendInTime(rate: number, seconds: number, send: () => void): Promise<void> {
  const start = performance.now();
  let sent = 0;
  for (let elapsed = 0; elapsed < seconds * 1000; elapsed = performance.now() - start) {
    for (const due = (elapsed / 1000) * rate; sent < due; sent++) send();
    await pause(tickMs);
  }
}

function connect(port: number): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
