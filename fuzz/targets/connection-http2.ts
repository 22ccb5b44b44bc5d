import { FrameType } from '../../src/wire/http2/codes.ts';
import { frameBytes, plainBlock, settingsPayload, word, type Pair } from '../../test/h2/raw/frames.ts';
import type { Target } from '../engine/target.ts';
import { ConnectionRun, type Speech } from './connection.ts';
import { readFramesNaively } from './naive-http2.ts';
import { sessionWords } from './http2-session-words.ts';

const settings = frameBytes('Settings', 0, 0);
const HEADERS = '\x01';

function head(id: number, path: string, { method = 'GET', end = true, more = [] as readonly Pair[] } = {}): Buffer {
  const fields: Pair[] = [
    [':method', method],
    [':scheme', 'http'],
    [':path', path],
    [':authority', 'a.test'],
  ];
  return frameBytes('Headers', end ? 5 : 4, id, plainBlock([...fields, ...more]));
}

function data(id: number, bytes: string | Buffer, end = true): Buffer {
  return frameBytes('Data', end ? 1 : 0, id, bytes);
}

const http2: Speech = {
  greeting: Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  // Each has a frame of HEADERS, wherever it begins; what is wrong with the connection has a line of its own.
  mostExchanges: (input) => input.toString('latin1').split(HEADERS).length,
  answers: (_input, received) => {
    const heads = readFramesNaively(received).filter(
      ({ type, flags }) => type === FrameType.Headers && (flags & 1) === 0,
    );
    // One more comes for a 1xx, and none without a body counts.
    return new Set(heads.map(({ streamId }) => streamId)).size;
  },
  next: Buffer.concat([settings, head(1, '/steady', { method: 'POST', end: false }), data(1, 'ok')]),
  isAnswered: (received) =>
    readFramesNaively(received).some(
      ({ type, streamId, payload }) => type === FrameType.Data && streamId === 1 && payload.includes('ok'),
    ),
};

/** The same by HTTP/2: many streams at once on a connection that is cut and broken off anywhere. */
export const connectionHttp2: Target = {
  name: 'connection-http2',
  about:
    'whatever comes by HTTP/2 and from the servers, nothing is thrown or left behind, each exchange is logged once, and the next client is served',
  seeds: () => seeds().map((frames) => Buffer.concat([settings, ...frames]).toString('latin1')),
  words: [...sessionWords, '/b/', '/l/', 'content-length', ':path', 'HEAD', 'connection'],
  longest: 16_384,
  // What runs depends on how packets come.
  guided: false,
  open: async () => {
    const run = new ConnectionRun(http2);
    await run.start();
    return run;
  },
};

function seeds(): Buffer[][] {
  const window = frameBytes('WindowUpdate', 0, 0, word(1_000_000));
  const small = frameBytes('Settings', 0, 0, settingsPayload([[4, 10]]));
  const length = (bytes: number): Pair[] => [['content-length', String(bytes)]];
  return [
    [1, 3, 5, 7, 9].map((id) => head(id, '/x')),
    [head(1, '/b/up', { method: 'POST', end: false, more: length(9000) }), data(1, 'u'.repeat(9000)), head(3, '/l/')],
    [head(1, '/l/up', { method: 'POST', end: false }), data(1, 'v'.repeat(2048)), head(3, '/'), head(5, '/b/c')],
    [head(1, '/a'), frameBytes('RstStream', 0, 1, word(8)), head(3, '/b/'), window, head(5, '/c')],
    [small, head(1, '/a'), head(3, '/b/'), frameBytes('WindowUpdate', 0, 1, word(100)), head(5, '/l/')],
    [
      head(1, '/up', { method: 'POST', end: false }),
      data(1, 'a', false),
      frameBytes('Headers', 5, 1, plainBlock([['x', 'y']])),
    ],
    [head(1, '/a'), frameBytes('Goaway', 0, 0, Buffer.alloc(8)), head(3, '/a', { method: 'HEAD' })],
    [head(1, '/', { method: 'CONNECT', end: false, more: [[':protocol', 'websocket']] }), data(1, 'bytes')],
  ];
}
