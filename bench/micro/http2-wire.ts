import { performServerHandshake } from 'node:http2';
import { duplexPair } from 'node:stream';

import { Headers } from '../../src/core/headers.ts';
import type { ByteSpan } from '../../src/wire/http2/byte-span.ts';
import { FrameReader } from '../../src/wire/http2/frame-reader.ts';
import type { FrameSink } from '../../src/wire/http2/frame-sink.ts';
import { FrameWriter } from '../../src/wire/http2/frame-writer.ts';
import { HpackDecoder, hpackScratchBytes } from '../../src/wire/http2/hpack-decoder.ts';
import { HpackEncoder } from '../../src/wire/http2/hpack-encoder.ts';
import { clientPreface } from '../../src/wire/http2/preface.ts';
import { parseRequestFields } from '../../src/wire/http2/request-head.ts';
import { parseResponseFields } from '../../src/wire/http2/response-head.ts';
import { writeFields, writeRequestFields } from '../../src/wire/http2/write-heads.ts';

// Nanoseconds of CPU that the wire takes for one message: the best of several rounds, since other work on the machine only adds. Values that
// come from a server are made anew from bytes for each answer, as in the proxy; constant strings are compared by their address.
// At the end what Node's own HTTP/2 takes for the same message, over a pair of streams in memory: it cannot be asked for less.

const rounds = 15;
const calls = 50_000;
const limits = { headBytes: 32_768, fields: 100, lineBytes: 8192, chunkExtensionBytes: 4096, trailerBytes: 8192 };
const listLimits = { listBytes: 32_768, fields: 100 };
const scratch = Buffer.alloc(hpackScratchBytes(65_536));
const out = Buffer.alloc(65_536);

const browser = {
  pseudo: { method: 'GET', scheme: 'https', authority: 'www.example.com', path: '/assets/app.js?v=12345' },
  fields: headersOf([
    'sec-ch-ua: "Chromium";v="142", "Not_A Brand";v="99"',
    'sec-ch-ua-mobile: ?0',
    'user-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
    'accept: */*',
    'sec-fetch-site: same-origin',
    'accept-encoding: gzip, deflate, br, zstd',
    'accept-language: en-GB,en;q=0.9,de;q=0.8',
    'priority: u=1',
  ]),
};
const answer = Buffer.from(
  [
    'Server: nginx/1.22.1',
    'Date: Sat, 21 Nov 2026 22:00:00 GMT',
    'Content-Type: text/html',
    'Last-Modified: Sat, 21 Nov 2026 21:00:00 GMT',
    'ETag: "6560f4a1-4a"',
    'Accept-Ranges: bytes',
    'Vary: Accept-Encoding',
    'Cache-Control: max-age=3600',
  ].join('\n'),
  'latin1',
);
const cookies = headersOf([
  'cookie: session=abcdefghijklmnopqrstuvwxyz0123456789; theme=dark; id=GA1.2.123456789.1234567890',
  'referer: https://www.example.com/index.html',
]);

const answerNames = [
  'Server',
  'Date',
  'Content-Type',
  'Last-Modified',
  'ETag',
  'Accept-Ranges',
  'Vary',
  'Cache-Control',
];

let sink = 0;

// A browser indexes all but cookies: what it sends first, what it sends each time, and that with a path and cookie of its own.
const client = new HpackEncoder();
const first = requestBlock(client, '/assets/app.js?v=12345', false);
requestBlock(client, '/assets/app.js?v=12345', false);
const repeated = requestBlock(client, '/assets/app.js?v=12345', false);
const changing = requestBlock(new HpackEncoder(), '/assets/other.js?v=67890', true);
const decoder = new HpackDecoder(listLimits, scratch);
decode(decoder, first);
decode(decoder, requestBlock(primed(), '/assets/app.js?v=12345', false));

report(
  `decode, first time, 12 fields, ${first.buffer.length} bytes`,
  measure(() => decode(new HpackDecoder(listLimits, scratch), first)),
);
report(
  `decode, repeated, 12 fields, ${repeated.buffer.length} bytes`,
  measure(() => decode(decoder, repeated)),
);
report(
  '  and the head of it',
  measure(() => decode(decoder, repeated) + head(decoder)),
);
report(
  `decode, first time with cookie, ${changing.buffer.length} bytes`,
  measure(() => decode(new HpackDecoder(listLimits, scratch), changing) + 1),
);

const server = new HpackEncoder();
report(
  'splitting an answer of 8 fields into strings',
  measure(() => fieldsAnew().length),
);
const splitting = measure(() => fieldsAnew().length);
report('encode, 8 fields anew, repeated', measure(() => encodeAnswer(server, fieldsAnew())) - splitting);
const constant = fieldsAnew();
report(
  'encode, 8 fields that are the same strings',
  measure(() => encodeAnswer(server, constant)),
);
report(
  'encode, first time',
  measure(() => encodeAnswer(new HpackEncoder(), constant)),
);
const forward = new HpackEncoder();
report(
  'encode, a request of 12 fields, repeated',
  measure(() => {
    forward.begin(out, 0);
    writeRequestFields(forward, browser.pseudo, browser.fields);
    return forward.end;
  }),
);
const answerBlock = blockOf(() => encodeAnswer(new HpackEncoder(), constant));
const answers = new HpackDecoder(listLimits, scratch);
decode(answers, answerBlock);
report(
  'decode and head of an answer, first time',
  measure(() => {
    decode(answers, answerBlock);
    return parseResponseFields(answers.fields, 8192).status;
  }),
);

const counting: FrameSink = {
  onDataStart: (_id, length) => void (sink += length),
  onData: (_id, bytes) => void (sink += bytes.length),
  onDataEnd: () => void sink++,
  onHeaders: (_id, block) => void (sink += block.to),
  onReset: () => void sink++,
  onSetting: () => void sink++,
  onSettingsEnd: () => void sink++,
  onSettingsAck: () => void sink++,
  onPing: () => void sink++,
  onGoaway: () => void sink++,
  onWindowUpdate: () => void sink++,
  onPriorityUpdate: () => void sink++,
  onIgnored: () => void sink++,
  onStreamFault: () => void sink++,
};
const reader = new FrameReader('client', { blockBytes: 65_536, continuations: 16 }, counting);
const greeting = new FrameWriter(Buffer.alloc(9));
greeting.settings([]);
reader.read(greeting.buffer);
const writer = new FrameWriter(Buffer.alloc(65_536));
for (let i = 0; i < 100; i++) {
  repeated.buffer.copy(writer.buffer, writer.beginHeaders());
  writer.endHeaders(i * 2 + 1, writer.end + 9 + repeated.buffer.length, true);
}
const hundred = Buffer.from(writer.buffer.subarray(0, writer.end));
report('read HEADERS (of 100 in a chunk)', measure(() => readAll(hundred), calls / 5) / 100);
writer.end = 0;
for (let i = 0; i < 100; i++) writer.data(i * 2 + 1, { buffer: answer, from: 0, to: 74 }, true);
const small = Buffer.from(writer.buffer.subarray(0, writer.end));
report('read DATA of 74 bytes (of 100 in a chunk)', measure(() => readAll(small), calls / 5) / 100);
report(
  'write HEADERS and DATA of 74 bytes',
  measure(() => {
    writer.end = 0;
    encodeAt(server, writer.beginHeaders(), constant, writer.buffer);
    writer.endHeaders(1, server.end, false);
    writer.data(1, { buffer: answer, from: 0, to: 74 }, true);
    return writer.end;
  }),
);
report(
  'a request in, an answer out',
  measure(() => {
    reader.read(hundred, 0, 9 + repeated.buffer.length);
    sink += decode(decoder, repeated) + head(decoder);
    writer.end = 0;
    encodeAt(server, writer.beginHeaders(), constant, writer.buffer);
    writer.endHeaders(1, server.end, false);
    writer.data(1, { buffer: answer, from: 0, to: 74 }, true);
    return writer.end;
  }),
);
await reportNode();
if (sink === 0) process.exitCode = 1;

function readAll(bytes: Buffer): number {
  reader.read(bytes);
  return 1;
}

function decode(hpack: HpackDecoder, block: ByteSpan): number {
  hpack.decode(block);
  return hpack.fields.length;
}

function head(hpack: HpackDecoder): number {
  return parseRequestFields(hpack.fields, true, { limits, secured: true, extendedConnect: false }).headers.length;
}

/** An encoder that has sent the first block. */
function primed(): HpackEncoder {
  const encoder = new HpackEncoder();
  requestBlock(encoder, '/assets/app.js?v=12345', false);
  return encoder;
}

function requestBlock(encoder: HpackEncoder, path: string, withCookie: boolean): ByteSpan {
  return blockOf(() => {
    encoder.begin(out, 0);
    writeRequestFields(encoder, { ...browser.pseudo, path }, browser.fields);
    if (withCookie) encoder.fields(cookies);
    return encoder.end;
  });
}

function blockOf(write: () => number): ByteSpan {
  const end = write();
  return { buffer: Buffer.from(out.subarray(0, end)), from: 0, to: end };
}

function encodeAnswer(encoder: HpackEncoder, fields: Headers): number {
  encodeAt(encoder, 0, fields, out);
  return encoder.end;
}

function encodeAt(encoder: HpackEncoder, at: number, fields: Headers, buffer: Buffer): void {
  encoder.begin(buffer, at);
  encoder.status(200);
  writeFields(encoder, fields);
  encoder.field('content-length', '74');
}

/** The fields as they come from a server: names that are known, and new strings for the values. */
function fieldsAnew(): Headers {
  const text = answer.latin1Slice(0, answer.length);
  const fields = new Headers();
  let at = 0;
  for (const name of answerNames) {
    const end = text.indexOf('\n', at);
    const to = end < 0 ? text.length : end;
    fields.add(name, text.slice(at + name.length + 2, to));
    at = to + 1;
  }
  return fields;
}

function headersOf(lines: readonly string[]): Headers {
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(': ');
    headers.add(line.slice(0, colon), line.slice(colon + 2));
  }
  return headers;
}

function measure(work: (i: number) => number, times = calls): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const start = process.threadCpuUsage();
    for (let i = 0; i < times; i++) sink += work(i);
    const { user, system } = process.threadCpuUsage(start);
    best = Math.min(best, ((user + system) * 1000) / times);
  }
  return best;
}

function report(name: string, ns: number): void {
  process.stdout.write(`${name.padEnd(52)} ${ns.toFixed(0).padStart(7)} ns\n`);
}

/**
 * What Node's own HTTP/2 takes to answer the same request. Its server gets the bytes of this codec's client, over streams in memory, so that
 * only the server's work is in the figure, and what comes back is thrown away.
 */
async function reportNode(): Promise<void> {
  const [near, far] = duplexPair();
  const session = performServerHandshake(far);
  const fields = Object.fromEntries(constant.names.map((name, i) => [name.toLowerCase(), constant.values[i]!]));
  const body = answer.subarray(0, 74);
  let left = 0;
  let batchDone: (() => void) | undefined = undefined;
  session.on('stream', (stream) => {
    stream.respond({ ':status': 200, 'content-length': 74, ...fields });
    stream.end(body);
    stream.on('close', () => {
      if (--left === 0) batchDone?.();
    });
  });
  near.resume();
  near.write(Buffer.concat([clientPreface, greeting.buffer]));
  const hpack = new HpackEncoder();
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0, id = 1; round < rounds; round++) {
    const start = process.cpuUsage();
    for (let batch = 0; batch < 50; batch++) {
      const frames = new FrameWriter(Buffer.alloc(32_768));
      frames.windowUpdate(0, 20 * 74);
      for (let i = 0; i < 20; i++, id += 2) {
        hpack.begin(frames.buffer, frames.beginHeaders());
        writeRequestFields(hpack, browser.pseudo, browser.fields);
        frames.endHeaders(id, hpack.end, true);
      }
      left = 20;
      await new Promise<void>((resolve) => {
        batchDone = resolve;
        near.write(frames.buffer.subarray(0, frames.end));
      });
    }
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, ((user + system) * 1000) / 1000);
  }
  report('node:http2: a request in, an answer out', best);
  session.destroy();
  near.destroy();
}
