import assert from 'node:assert/strict';

import { plainBlock } from '../raw/frames.ts';
import { request, type RawH2Client } from '../raw/raw-h2-client.ts';
import { get, held, openRequest, type Must } from './must.ts';

async function answered(client: RawH2Client, path: string): Promise<void> {
  get(client, path);
  await client.message(1);
}

/** States, numbers and errors of streams (RFC 9113 section 5). */
export const streamMusts: readonly Must[] = [
  ...(
    [
      ['DATA', (client: RawH2Client): void => client.data(1, 'x', { endStream: true })],
      ['RST_STREAM', (client: RawH2Client): void => client.resetStream(1)],
      ['WINDOW_UPDATE', (client: RawH2Client): void => client.windowUpdate(1, 100)],
      ['CONTINUATION', (client: RawH2Client): void => client.frame('Continuation', 4, 1, plainBlock(request('/')))],
    ] as const
  ).map(([name, send]) => ({
    section: '9113 5.1',
    rule: `${name} for an idle stream ends the connection with PROTOCOL_ERROR`,
    send,
    see: { goaway: 'PROTOCOL_ERROR' },
  })),
  {
    section: '9113 5.1',
    rule: 'PRIORITY may come for an idle stream',
    send: (client) => client.frame('Priority', 0, 1, Buffer.alloc(5)),
    see: { fine: true },
  },
  {
    section: '9113 5.1',
    rule: 'DATA behind END_STREAM is STREAM_CLOSED',
    send: (client, path) => {
      get(client, held(path));
      client.data(1, 'x', { endStream: true });
    },
    see: { either: 'STREAM_CLOSED' },
  },
  {
    section: '9113 5.1',
    rule: 'HEADERS behind END_STREAM are STREAM_CLOSED',
    send: (client, path) => {
      get(client, held(path));
      client.headers(1, [['x-sum', '1']], { endStream: true });
    },
    see: { either: 'STREAM_CLOSED' },
  },
  {
    section: '9113 5.1',
    rule: 'CONTINUATION behind END_HEADERS is an error of the connection',
    send: (client, path) => {
      get(client, held(path));
      client.frame('Continuation', 4, 1, plainBlock([['x-sum', '1']]));
    },
    see: { goaway: ['STREAM_CLOSED', 'PROTOCOL_ERROR'] },
  },
  {
    section: '9113 5.1',
    rule: 'WINDOW_UPDATE and PRIORITY may come behind END_STREAM',
    send: (client, path) => {
      get(client, path);
      client.windowUpdate(1, 100);
      client.frame('Priority', 0, 1, Buffer.alloc(5));
    },
    see: { status: '200' },
  },
  {
    section: '9113 5.1',
    rule: 'DATA behind RST_STREAM is STREAM_CLOSED',
    send: (client, path) => {
      openRequest(client, path);
      client.resetStream(1);
      client.data(1, 'x', { endStream: true });
    },
    see: { either: 'STREAM_CLOSED' },
    log: 'client-abort',
  },
  {
    section: '9113 5.1',
    rule: 'HEADERS behind RST_STREAM are STREAM_CLOSED',
    send: (client, path) => {
      openRequest(client, path);
      client.resetStream(1);
      client.headers(1, request(path), { endStream: true });
    },
    see: { either: 'STREAM_CLOSED' },
    log: 'client-abort',
  },
  {
    section: '9113 5.1',
    rule: 'CONTINUATION behind RST_STREAM is an error of the connection',
    send: (client, path) => {
      openRequest(client, path);
      client.resetStream(1);
      client.frame('Continuation', 4, 1, plainBlock([['x', '1']]));
    },
    see: { goaway: ['STREAM_CLOSED', 'PROTOCOL_ERROR'] },
  },
  {
    section: '9113 5.1',
    rule: 'DATA for a stream that has ended is STREAM_CLOSED',
    send: async (client, path) => {
      await answered(client, path);
      client.data(1, 'x', { endStream: true });
    },
    see: { either: 'STREAM_CLOSED' },
  },
  {
    section: '9113 5.1',
    rule: 'HEADERS for a stream that has ended end the connection with STREAM_CLOSED',
    send: async (client, path) => {
      await answered(client, path);
      client.headers(1, request(path), { endStream: true });
    },
    see: { goaway: 'STREAM_CLOSED' },
  },
  {
    section: '9113 5.1',
    rule: 'CONTINUATION for a stream that has ended is an error of the connection',
    send: async (client, path) => {
      await answered(client, path);
      client.frame('Continuation', 4, 1, plainBlock([['x', '1']]));
    },
    see: { goaway: ['STREAM_CLOSED', 'PROTOCOL_ERROR'] },
  },
  {
    section: '9113 5.1',
    rule: 'WINDOW_UPDATE, RST_STREAM and PRIORITY may come for a stream that has ended',
    send: async (client, path) => {
      await answered(client, path);
      client.windowUpdate(1, 100);
      client.resetStream(1);
      client.frame('Priority', 0, 1, Buffer.alloc(5));
    },
    see: { fine: true },
  },
  {
    section: '9113 5.1.1',
    rule: 'Streams that clients open have odd numbers',
    send: (client, path) => client.headers(2, request(path), { endStream: true }),
    see: { goaway: 'PROTOCOL_ERROR' },
  },
  {
    section: '9113 5.1.1',
    rule: 'The number of a new stream is larger than all before it',
    send: (client, path) => {
      get(client, held(path), 5);
      get(client, held(path), 3);
    },
    see: { goaway: 'PROTOCOL_ERROR' },
  },
  {
    section: '9113 5.1.1',
    rule: 'Streams whose numbers were passed over are closed',
    send: (client, path) => {
      get(client, held(path), 5);
      client.data(3, 'x');
    },
    see: { goaway: ['STREAM_CLOSED', 'PROTOCOL_ERROR'] },
  },
  {
    section: '9113 5.1.1',
    rule: 'The last of all numbers is one',
    send: (client, path) => get(client, path, 0x7fff_ffff),
    see: {
      check: async (client) => {
        assert.equal((await client.message(0x7fff_ffff)).fields[':status'], '200');
        assert.equal((await client.expect('Goaway', { code: 'NO_ERROR' })).payload.readUInt32BE(0), 0x7fff_ffff);
        await client.closed();
      },
    },
  },
  {
    section: '9113 5.1.2',
    rule: 'Streams over SETTINGS_MAX_CONCURRENT_STREAMS are refused',
    send: (client, path) => {
      for (let id = 1; id <= 2 * 20 + 1; id += 2) get(client, held(path), id);
    },
    see: {
      check: async (client) => {
        await client.expect('RstStream', { id: 41, code: ['REFUSED_STREAM', 'PROTOCOL_ERROR'] });
        assert.equal(client.find('RstStream'), undefined);
        client.resetStream(1);
        await client.roundTrip();
      },
    },
    log: 'client-abort',
  },
  {
    section: '9113 5.2.1',
    rule: 'A stream that stands still keeps no other back',
    send: async (client, path) => {
      client.settings([4, 0]);
      get(client, path, 1);
      await client.head(1);
      get(client, path, 3);
      await client.head(3);
      client.windowUpdate(3, 10_000);
    },
    see: {
      check: async (client) => {
        assert.equal((await client.message(3)).fields[':status'], '200');
        assert.equal(client.partial(1).body.length, 0);
        client.windowUpdate(1, 10_000);
        await client.message(1);
        client.settings([4, 65_535]);
      },
    },
  },
  {
    section: '9113 5.4.1',
    rule: 'GOAWAY names the last stream that something was done with, and the connection is closed',
    send: (client, path) => {
      get(client, held(path), 1);
      get(client, held(path), 7);
      client.frame('Ping', 0, 0, 'short');
    },
    see: {
      check: async (client) => {
        const goaway = await client.expect('Goaway', { code: 'FRAME_SIZE_ERROR' });
        assert.equal(goaway.payload.readUInt32BE(0), 7);
        await client.closed();
      },
    },
    log: 'protocol-error',
  },
  {
    section: '9113 5.4.2',
    rule: 'RST_STREAM is not answered by RST_STREAM',
    send: (client, path) => {
      get(client, held(path));
      client.resetStream(1);
      client.resetStream(1);
    },
    see: { fine: true },
    log: 'client-abort',
  },
  {
    section: '9113 5.5',
    rule: 'Even a frame of an unknown type may not come within a header block',
    send: (client, path) => {
      client.frame('Headers', 1, 1, plainBlock(request(path)));
      client.frame(0x16, 0, 1, 'whatever');
    },
    see: { goaway: 'PROTOCOL_ERROR' },
  },
];
