import assert from 'node:assert/strict';

import { FrameType } from '../../../src/wire/http2/codes.ts';
import { word } from '../raw/frames.ts';
import type { RawH2Client } from '../raw/raw-h2-client.ts';
import { get, held, openRequest, type Must, type Seen } from './must.ts';

function dataBytes(client: RawH2Client): number {
  const data = client.frames.filter(({ type }) => type === FrameType.Data);
  return data.reduce((sum, { payload }) => sum + payload.length, 0);
}

/** A setting that is no good. */
function badSetting(rule: string, pair: readonly [id: number, value: number], goaway: string): Must {
  return { section: '9113 6.5.2', rule, send: (client) => client.settings(pair), see: { goaway } };
}

/** What every answer of 6.9 has in common: after 1 byte was allowed, 1 comes, and then the rest. */
function byteByByte(window: number): Seen {
  return {
    check: async (client) => {
      await client.waitFor('the bytes that may come', () => dataBytes(client) === window);
      await client.roundTrip();
      assert.equal(dataBytes(client), window);
      client.windowUpdate(1, 2);
      await client.waitFor('two bytes more', () => dataBytes(client) === window + 2);
      client.windowUpdate(1, 100_000);
      client.windowUpdate(0, 100_000);
      client.settings([4, 65_535]); // For others.
      assert.equal((await client.message(1)).body.length, 40_000);
    },
  };
}

/** SETTINGS, PING, GOAWAY, WINDOW_UPDATE (RFC 9113 sections 6.5 to 6.9). */
export const controlFrameMusts: readonly Must[] = [
  {
    section: '9113 6.5',
    rule: 'An ACK of SETTINGS with a payload ends the connection with FRAME_SIZE_ERROR',
    send: (client) => client.frame('Settings', 1, 0, '\0'),
    see: { goaway: 'FRAME_SIZE_ERROR' },
  },
  {
    section: '9113 6.5',
    rule: 'SETTINGS for a stream end the connection with PROTOCOL_ERROR',
    send: (client) => client.frame('Settings', 0, 1, Buffer.from('000300000064', 'hex')),
    see: { goaway: 'PROTOCOL_ERROR' },
  },
  {
    section: '9113 6.5',
    rule: 'SETTINGS of no whole number of settings end the connection with FRAME_SIZE_ERROR',
    send: (client) => client.frame('Settings', 0, 0, 'abc'),
    see: { goaway: 'FRAME_SIZE_ERROR' },
  },
  badSetting('ENABLE_PUSH other than 0 and 1 is PROTOCOL_ERROR', [2, 2], 'PROTOCOL_ERROR'),
  badSetting('INITIAL_WINDOW_SIZE over 2^31-1 is FLOW_CONTROL_ERROR', [4, 0x8000_0000], 'FLOW_CONTROL_ERROR'),
  badSetting('MAX_FRAME_SIZE under 16,384 is PROTOCOL_ERROR', [5, 16_383], 'PROTOCOL_ERROR'),
  badSetting('MAX_FRAME_SIZE over 2^24-1 is PROTOCOL_ERROR', [5, 16_777_216], 'PROTOCOL_ERROR'),
  badSetting('ENABLE_CONNECT_PROTOCOL other than 0 and 1 is PROTOCOL_ERROR (RFC 8441)', [8, 2], 'PROTOCOL_ERROR'),
  badSetting('NO_RFC7540_PRIORITIES other than 0 and 1 is PROTOCOL_ERROR (RFC 9218)', [9, 2], 'PROTOCOL_ERROR'),
  {
    section: '9113 6.5.2',
    rule: 'Settings that are not known are passed over',
    send: (client, path) => {
      client.settings([0xff, 1], [0, 2]);
      get(client, path);
    },
    see: { status: '200' },
  },
  {
    section: '9113 6.5.3',
    rule: 'SETTINGS are acknowledged, each frame',
    send: (client) => client.settings([3, 100]),
    see: {
      check: async (client) => {
        await client.expect('Settings', { flags: 1 }); // Of the greeting.
        const { payload } = await client.expect('Settings', { flags: 1 });
        assert.equal(payload.length, 0);
      },
    },
  },
  {
    section: '9113 6.5.3',
    rule: 'Settings hold in the order in which they stand',
    send: (client, path) => {
      client.settings([4, 100], [4, 1]);
      get(client, `/large/40000${path}`);
    },
    client: { credit: false },
    see: byteByByte(1),
  },
  {
    section: '9113 6.5',
    rule: 'The settings of a server keep to their bounds',
    send: () => undefined,
    see: {
      check: async (client) => {
        const { payload } = await client.expect('Settings');
        const values = new Map<number, number>();
        for (let at = 0; at < payload.length; at += 6)
          values.set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
        assert.ok((values.get(2) ?? 0) === 0, 'servers may not say ENABLE_PUSH 1');
        assert.ok((values.get(4) ?? 65_535) <= 0x7fff_ffff);
        assert.ok((values.get(5) ?? 16_384) >= 16_384);
        assert.equal(values.get(3), 20);
      },
    },
  },
  {
    section: '9113 6.7',
    rule: 'PING is answered with the same bytes',
    send: (client) => client.frame('Ping', 0, 0, 'h2 ping!'),
    see: {
      check: async (client) => assert.equal((await client.expect('Ping', { flags: 1 })).payload.toString(), 'h2 ping!'),
    },
  },
  {
    section: '9113 6.7',
    rule: 'An answer to PING is not answered',
    send: (client) => client.frame('Ping', 1, 0, 'h2 ping!'),
    see: {
      check: async (client) => {
        await client.roundTrip();
        assert.ok(
          !client.frames.some(
            ({ type, payload }) => type === FrameType.Ping && payload.equals(Buffer.from('h2 ping!')),
          ),
        );
      },
    },
  },
  {
    section: '9113 6.7',
    rule: 'PING for a stream ends the connection with PROTOCOL_ERROR',
    send: (client) => client.frame('Ping', 0, 1, '12345678'),
    see: { goaway: 'PROTOCOL_ERROR' },
  },
  {
    section: '9113 6.7',
    rule: 'PING of another length than 8 ends the connection with FRAME_SIZE_ERROR',
    send: (client) => client.frame('Ping', 0, 0, '123456'),
    see: { goaway: 'FRAME_SIZE_ERROR' },
  },
  {
    section: '9113 6.8',
    rule: 'GOAWAY for a stream ends the connection with PROTOCOL_ERROR',
    send: (client) => client.frame('Goaway', 0, 1, Buffer.alloc(8)),
    see: { goaway: 'PROTOCOL_ERROR' },
  },
  {
    section: '9113 6.8',
    rule: 'GOAWAY that is too short ends the connection with FRAME_SIZE_ERROR',
    send: (client) => client.frame('Goaway', 0, 0, Buffer.alloc(7)),
    see: { goaway: 'FRAME_SIZE_ERROR' },
  },
  {
    section: '9113 6.8',
    rule: 'Streams that are open go on behind the GOAWAY of the client, also one with a code that nobody knows',
    send: (client, path) => {
      openRequest(client, path);
      client.goaway(0, 0xff);
      client.data(1, 'x', { endStream: true });
    },
    see: {
      check: async (client) => {
        assert.equal((await client.message(1)).fields[':status'], '200');
        await client.closed();
      },
    },
  },
  {
    section: '9113 6.9',
    rule: 'An increment of 0 for the connection ends it with PROTOCOL_ERROR',
    send: (client) => client.windowUpdate(0, 0),
    see: { goaway: 'PROTOCOL_ERROR' },
  },
  {
    section: '9113 6.9',
    rule: 'An increment of 0 for a stream ends the stream with PROTOCOL_ERROR',
    send: (client, path) => {
      get(client, held(path));
      client.windowUpdate(1, 0);
    },
    see: { reset: 'PROTOCOL_ERROR' },
  },
  {
    section: '9113 6.9',
    rule: 'The reserved bit of an increment is passed over',
    send: (client, path) => {
      client.frame('WindowUpdate', 0, 0, word(0x8000_0001));
      get(client, path);
    },
    see: { status: '200' },
  },
  {
    section: '9113 6.9',
    rule: 'WINDOW_UPDATE of another length than 4 ends the connection with FRAME_SIZE_ERROR',
    send: (client) => client.frame('WindowUpdate', 0, 0, 'abc'),
    see: { goaway: 'FRAME_SIZE_ERROR' },
  },
  {
    section: '9113 6.9.1',
    rule: 'No more DATA comes than the window of its stream allows',
    send: (client, path) => {
      client.settings([4, 1]);
      get(client, `/large/40000${path}`);
    },
    client: { credit: false },
    see: byteByByte(1),
  },
  {
    section: '9113 6.9.1',
    rule: 'No more DATA comes than the window of the connection allows',
    client: { credit: false },
    send: (client, path) => {
      client.settings([4, 1_000_000]);
      for (const id of [1, 3]) get(client, `/large/40000${path}`, id);
    },
    see: {
      check: async (client) => {
        await client.waitFor('as much as may come', () => dataBytes(client) >= 65_535);
        await client.roundTrip();
        assert.equal(dataBytes(client), 65_535);
        client.windowUpdate(0, 60_000);
        for (const id of [1, 3]) assert.equal((await client.message(id)).body.length, 40_000);
      },
    },
  },
  {
    section: '9113 6.9.1',
    rule: 'A window of the connection over 2^31-1 ends it with FLOW_CONTROL_ERROR',
    send: (client) => {
      client.windowUpdate(0, 0x7fff_ffff);
      client.windowUpdate(0, 0x7fff_ffff);
    },
    see: { goaway: 'FLOW_CONTROL_ERROR' },
  },
  {
    section: '9113 6.9.1',
    rule: 'A window of a stream over 2^31-1 ends the stream with FLOW_CONTROL_ERROR',
    send: (client, path) => {
      get(client, held(path));
      client.windowUpdate(1, 0x7fff_ffff);
      client.windowUpdate(1, 0x7fff_ffff);
    },
    see: { reset: 'FLOW_CONTROL_ERROR' },
  },
  {
    section: '9113 6.9.2',
    rule: 'A change of INITIAL_WINDOW_SIZE holds for streams that are open',
    send: async (client, path) => {
      client.settings([4, 0]);
      get(client, `/large/40000${path}`);
      await client.head(1);
      client.settings([4, 1]);
    },
    client: { credit: false },
    see: byteByByte(1),
  },
  {
    section: '9113 6.9.2',
    rule: 'A window that has become negative is made up for before anything comes',
    send: async (client, path) => {
      client.settings([4, 3]);
      get(client, `/large/40000${path}`);
      await client.waitFor('three bytes', () => dataBytes(client) === 3);
      client.settings([4, 1]);
      client.windowUpdate(1, 2); // From -2 to 0.
      await client.roundTrip();
      assert.equal(dataBytes(client), 3);
    },
    client: { credit: false },
    see: byteByByte(3),
  },
  {
    section: '9113 6.9.2',
    rule: 'A change of INITIAL_WINDOW_SIZE that makes a window too large ends the connection with FLOW_CONTROL_ERROR',
    send: (client, path) => {
      get(client, held(path));
      client.windowUpdate(1, 0x7fff_0000);
      client.settings([4, 0x7fff_ffff]);
    },
    see: { goaway: 'FLOW_CONTROL_ERROR' },
  },
  {
    section: '9113 6.9',
    rule: 'More DATA than the windows of the server allow is FLOW_CONTROL_ERROR',
    send: (client, path) => {
      openRequest(client, `/deaf${path}`);
      const frame = Buffer.alloc(16_384);
      for (let i = 0; i < 1500; i++) client.data(1, frame);
    },
    see: { either: 'FLOW_CONTROL_ERROR' },
  },
];
