// Process of its own: speaks HTTP/1.1 on one port and HTTP/2 without TLS on another; prints both, `<h1> <h2>`.
// GET .../events?n=N&ms=M: N events, one each M ms, each of which says when it was written. GET .../down?n=N: N bytes. POST .../up: counts bytes.
import http from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Readable, Writable } from 'node:stream';

const piece = Buffer.alloc(65_536, 'x');

const plain = http.createServer((request, response) => {
  response.setHeader('content-type', 'text/event-stream');
  serve(request.url ?? '/', request, response);
});
const multiplexed = http2.createServer();
multiplexed.on('stream', (stream: http2.ServerHttp2Stream, headers) => {
  stream.on('error', () => undefined);
  serve(headers[':path'] ?? '/', stream, stream);
});
const ports = await Promise.all([plain, multiplexed].map(listen));
process.stdout.write(`${ports.join(' ')}\n`);

function listen(server: http.Server | http2.Http2Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function serve(target: string, body: Readable, answer: Writable): void {
  const { pathname, searchParams } = new URL(target, 'http://origin');
  const count = Number(searchParams.get('n'));
  if (pathname.endsWith('/up')) return countBytes(body, answer);
  body.resume();
  begin(answer);
  if (pathname.endsWith('/down')) return send(answer, count);
  if (pathname.endsWith('/events')) return tell(answer, count, Number(searchParams.get('ms')));
  answer.end('ready\n');
}

/** Over HTTP/1 the first byte of the body brings the head with it. */
function begin(answer: Writable): void {
  if ('respond' in answer)
    (answer as http2.ServerHttp2Stream).respond({ ':status': 200, 'content-type': 'text/event-stream' });
}

/** All processes of a machine have this clock in common. */
function tell(answer: Writable, count: number, everyMs: number): void {
  let left = count;
  const write = (): void => {
    answer.write(`data: ${process.hrtime.bigint()}\n\n`);
    if (--left > 0) return;
    clearInterval(timer);
    answer.end();
  };
  const timer = setInterval(write, everyMs);
  answer.on('close', () => clearInterval(timer));
  write();
}

function send(answer: Writable, bytes: number): void {
  let left = bytes;
  const more = (): void => {
    while (left > 0) {
      const next = left >= piece.length ? piece : piece.subarray(0, left);
      left -= next.length;
      if (!answer.write(next)) return;
    }
    answer.end();
  };
  answer.on('drain', more);
  more();
}

function countBytes(body: Readable, answer: Writable): void {
  let bytes = 0;
  body.on('data', (chunk: Buffer) => (bytes += chunk.length));
  // The head comes with this: an answer that has begun is not to be silent for long.
  body.on('end', () => {
    begin(answer);
    answer.end(String(bytes));
  });
}
