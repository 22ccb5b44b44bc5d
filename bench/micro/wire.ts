import { Headers } from '../../src/core/headers.ts';
import { latin1Slice, latin1Write } from '../../src/core/latin1.ts';
import { HeadReader } from '../../src/wire/http1/head-reader.ts';
import { parseRequestHead } from '../../src/wire/http1/request-head.ts';
import { parseResponseHead } from '../../src/wire/http1/response-head.ts';
import { requestHeadText, responseHeadText } from '../../src/wire/http1/serialise.ts';
import { BodyDecoder } from '../../src/wire/http1/body-decoder.ts';
import { CHUNKED } from '../../src/wire/http1/framing.ts';
import { normalisePath } from '../../src/wire/path.ts';

// Nanoseconds that the wire takes for one message: the best of several rounds, since other work on the machine only adds.
// The texts are made anew from bytes for every call, as in the proxy; a constant string would be optimised beyond truth.

const limits = { headBytes: 32_768, fields: 100, lineBytes: 8192, chunkExtensionBytes: 4096, trailerBytes: 8192 };
const rounds = 15;
const calls = 100_000;

const browser = bytesOf([
  'GET /assets/app.js?v=12345 HTTP/1.1',
  'Host: www.example.com',
  'Connection: keep-alive',
  'sec-ch-ua: "Chromium";v="142", "Not_A Brand";v="99"',
  'sec-ch-ua-mobile: ?0',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  'Accept: */*',
  'Sec-Fetch-Site: same-origin',
  'Sec-Fetch-Mode: no-cors',
  'Referer: https://www.example.com/index.html',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Accept-Language: en-GB,en;q=0.9,de;q=0.8',
  'Cookie: session=abcdefghijklmnopqrstuvwxyz0123456789; theme=dark; id=GA1.2.123456789.1234567890',
]);
const wrk = bytesOf(['GET /index.html HTTP/1.1', 'Host: 127.0.0.1:8080', 'User-Agent: wrk/4.1.0', 'Accept: */*']);
const nginx = bytesOf([
  'HTTP/1.1 200 OK',
  'Server: nginx/1.22.1',
  'Date: Sat, 21 Nov 2026 22:00:00 GMT',
  'Content-Type: text/html',
  'Content-Length: 74',
  'Last-Modified: Sat, 21 Nov 2026 21:00:00 GMT',
  'Connection: keep-alive',
  'ETag: "6560f4a1-4a"',
  'Accept-Ranges: bytes',
]);

let sink = 0;

const headers = new Headers();
const parsed = parseRequestHead(textOf(browser), limits).headers;
for (let i = 0; i < parsed.length; i++) headers.add(parsed.names[i]!, parsed.values[i]!, parsed.ids[i]);
const out = Buffer.alloc(4096);
const reader = new HeadReader(limits);
const merge = { mergeSlashes: true };
const chunked = Buffer.from(`${'10\r\n0123456789abcdef\r\n'.repeat(100)}0\r\n\r\n`);
const scratch = Buffer.alloc(chunked.length);

for (const [name, message] of [
  ['browser, 12 fields', browser],
  ['wrk, 3 fields', wrk],
] as const) {
  const slice = measure(() => textOf(message).length);
  report(`latin1Slice (${name})`, slice);
  report(
    `HeadReader.read (${name})`,
    measure(() => reader.read(message, 0)!.length),
  );
  report(`parseRequestHead (${name})`, measure(() => parseRequestHead(textOf(message), limits).bodyLength) - slice);
  report(
    `both (${name})`,
    measure(() => parseRequestHead(reader.read(message, 0)!, limits).bodyLength),
  );
}
report(
  'parseResponseHead (nginx)',
  measure(() => parseResponseHead(textOf(nginx), limits).status) - measure(() => textOf(nginx).length),
);
report(
  'normalisePath, nothing to do',
  measure((i) => normalisePath(i % 2 === 0 ? '/assets/app.js' : '/assets/b.css', merge).length),
);
report(
  'normalisePath, %41 and ..',
  measure((i) => normalisePath(i % 2 === 0 ? '/a/../%41/app.js' : '/b/../%41/b.css', merge).length),
);
report(
  'requestHeadText and its writing',
  measure(() => latin1Write(out, requestHeadText('GET', '/a', 'example.com', headers, ''), 0)),
);
report(
  'responseHeadText and its writing',
  measure(() => latin1Write(out, responseHeadText(200, '', headers, 'Content-Length: 74\r\n'), 0)),
);
report(
  'BodyDecoder, 100 chunks of 16 bytes',
  measure(() => {
    chunked.copy(scratch);
    return new BodyDecoder(CHUNKED, limits, 'server').decode(scratch, 0)!.length;
  }, calls / 20),
);
if (sink === 0) process.exitCode = 1;

function measure(work: (i: number) => number, times = calls): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < times; i++) sink += work(i);
    best = Math.min(best, Number(process.hrtime.bigint() - start) / times);
  }
  return best;
}

function report(name: string, ns: number): void {
  process.stdout.write(`${name.padEnd(44)} ${ns.toFixed(0).padStart(6)} ns\n`);
}

function bytesOf(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

function textOf(message: Buffer): string {
  return latin1Slice(message, 0, message.length - 4);
}
