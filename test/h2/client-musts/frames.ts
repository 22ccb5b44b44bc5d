import assert from 'node:assert/strict';

import { Flag } from '../../../src/wire/http2/codes.ts';
import { frameBytes, hpackInteger, plainBlock, settingsPayload, word } from '../raw/frames.ts';
import type { RawH2ServerConnection } from '../raw/raw-h2-server.ts';
import type { ClientMust, ClientSeen } from './client-must.ts';

/** The connection is lost, and the exchange with it. */
function lost(goaway: string): ClientSeen {
  return { status: 502, reason: 'server-junk', goaway };
}

/** Something that no server may send on a connection. */
function bad(section: string, rule: string, goaway: string, serve: ClientMust['serve']): ClientMust {
  return { section, rule, serve, see: lost(goaway) };
}

const ok = plainBlock([[':status', '200']]);

function answered(connection: RawH2ServerConnection, id: number): void {
  connection.answer(id, 'ok');
}

/** Something that changes nothing. */
function fine(section: string, rule: string, serve: ClientMust['serve'], check?: ClientSeen['check']): ClientMust {
  return {
    section,
    rule,
    serve: async (connection, id) => {
      await serve(connection, id);
      answered(connection, id);
    },
    see: check === undefined ? {} : { check },
  };
}

/** Preface, frames, header blocks and streams (RFC 9113 sections 3 to 6). */
export const frameMusts: readonly ClientMust[] = [
  {
    section: '9113 3.4',
    rule: 'The first frame of a server is SETTINGS',
    greets: false,
    serve: (c) => c.frame('Ping', 0, 0, '12345678'),
    see: lost('PROTOCOL_ERROR'),
  },
  {
    section: '9113 3.4',
    rule: 'A server that answers by HTTP/1 is told apart',
    greets: false,
    serve: (c) => c.send('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'),
    see: { status: 502, reason: 'server-junk', closed: true },
  },
  {
    section: '9113 3.4',
    rule: 'The preface of a client is followed by SETTINGS, which switch push off (6.6)',
    serve: answered,
    see: {
      check: (c) => {
        const [first] = c.frames;
        assert.equal(first!.type, 4);
        const pairs = Array.from({ length: first!.payload.length / 6 }, (_, i) => first!.payload.readUInt16BE(i * 6));
        assert.equal(first!.payload.readUInt32BE(pairs.indexOf(2) * 6 + 2), 0);
      },
    },
  },
  bad('9113 4.2', 'A frame larger than 16,384 bytes', 'FRAME_SIZE_ERROR', (c, id) =>
    c.frame('Data', 0, id, Buffer.alloc(16_385)),
  ),
  bad('9113 4.3', 'A header block that cannot be decoded', 'COMPRESSION_ERROR', (c, id) =>
    c.frame('Headers', Flag.EndHeaders, id, Buffer.of(0x80)),
  ),
  bad('9113 4.3', 'Another frame within a header block', 'PROTOCOL_ERROR', (c, id) => {
    c.frame('Headers', 0, id, ok);
    c.frame('Ping', 0, 0, '12345678');
  }),
  bad('9113 5.1', 'DATA on a stream that nobody has opened', 'PROTOCOL_ERROR', (c) => c.data(99, 'x')),
  bad('9113 5.1', 'HEADERS on a stream that nobody has opened', 'PROTOCOL_ERROR', (c) => c.block(99, ok)),
  bad('9113 5.1.1', 'A stream that the server opens', 'PROTOCOL_ERROR', (c) => c.block(2, ok)),
  bad('9113 5.1', 'RST_STREAM on a stream that nobody has opened', 'PROTOCOL_ERROR', (c) => c.resetStream(99)),
  bad('9113 5.1', 'WINDOW_UPDATE on a stream that nobody has opened', 'PROTOCOL_ERROR', (c) => c.windowUpdate(99, 1)),
  {
    section: '9113 5.1',
    rule: 'DATA behind the end of a stream',
    serve: (c, id) => {
      c.answer(id, 'ok');
      c.data(id, 'more');
    },
    see: { goaway: 'STREAM_CLOSED' },
  },
  fine('9113 5.5', 'Frames of unknown types change nothing', (c, id) => c.frame(0xee, 0xff, id, 'whatever')),
  fine('9113 4.1', 'Unknown flags and the reserved bit change nothing', (c) =>
    c.send(frameBytes('Ping', 0xf0, 0x8000_0000, '12345678')),
  ),
  bad('9113 5.5', 'A frame of an unknown type within a header block', 'PROTOCOL_ERROR', (c, id) => {
    c.frame('Headers', 0, id, ok);
    c.frame(0xee, 0, id, 'x');
  }),
  bad('9113 6.1', 'DATA for the connection', 'PROTOCOL_ERROR', (c) => c.data(0, 'x')),
  {
    section: '9113 6.1',
    rule: 'Padding that is longer than the frame',
    serve: (c, id) => {
      c.block(id, ok);
      c.frame('Data', Flag.Padded, id, Buffer.of(9, 1, 2));
    },
    see: { broken: true, reason: 'server-junk', goaway: 'PROTOCOL_ERROR' },
  },
  {
    section: '9113 6.1',
    rule: 'Padding is taken off',
    serve: (c, id) => {
      c.frame('Headers', Flag.Padded | Flag.EndHeaders, id, Buffer.concat([Buffer.of(3), ok, Buffer.alloc(3)]));
      c.frame('Data', Flag.Padded | Flag.EndStream, id, Buffer.from('\u0004ok\0\0\0\0', 'latin1'));
    },
    see: { check: (_, { body }) => assert.equal(body.toString(), 'ok') },
  },
  bad('9113 6.2', 'HEADERS for the connection', 'PROTOCOL_ERROR', (c) => c.block(0, ok)),
  bad('9113 6.2', 'HEADERS with more padding than room', 'PROTOCOL_ERROR', (c, id) =>
    c.frame('Headers', Flag.Padded | Flag.EndHeaders, id, Buffer.of(200, 0x88)),
  ),
  {
    section: '9113 6.2',
    rule: 'HEADERS with a priority are read past it',
    serve: (c, id) => {
      const block = Buffer.concat([word(0), Buffer.of(15), ok]);
      c.frame('Headers', Flag.Priority | Flag.EndHeaders | Flag.EndStream, id, block);
    },
    see: {},
  },
  bad('9113 6.3', 'PRIORITY for the connection', 'PROTOCOL_ERROR', (c) => c.frame('Priority', 0, 0, Buffer.alloc(5))),
  {
    section: '9113 6.3',
    rule: 'PRIORITY of the wrong length ends the stream',
    serve: (c, id) => c.frame('Priority', 0, id, Buffer.alloc(4)),
    see: { status: 502, reason: 'server-junk', reset: 'FRAME_SIZE_ERROR' },
  },
  bad('9113 6.4', 'RST_STREAM for the connection', 'PROTOCOL_ERROR', (c) => c.resetStream(0)),
  bad('9113 6.4', 'RST_STREAM of the wrong length', 'FRAME_SIZE_ERROR', (c, id) => c.frame('RstStream', 0, id, 'abc')),
  bad('9113 6.5', 'An ACK of SETTINGS with a payload', 'FRAME_SIZE_ERROR', (c) =>
    c.frame('Settings', Flag.Ack, 0, settingsPayload([[3, 1]])),
  ),
  bad('9113 6.5', 'SETTINGS for a stream', 'PROTOCOL_ERROR', (c, id) => c.frame('Settings', 0, id)),
  bad('9113 6.5', 'SETTINGS of no whole number of settings', 'FRAME_SIZE_ERROR', (c) =>
    c.frame('Settings', 0, 0, 'abc'),
  ),
  bad('9113 6.5.2', 'A server that switches push on', 'PROTOCOL_ERROR', (c) => c.settings([2, 1])),
  bad('9113 6.5.2', 'A window over 2^31-1', 'FLOW_CONTROL_ERROR', (c) => c.settings([4, 0x8000_0000])),
  bad('9113 6.5.2', 'A frame size under 16,384', 'PROTOCOL_ERROR', (c) => c.settings([5, 16_383])),
  bad('9113 6.5.2', 'A frame size over 2^24-1', 'PROTOCOL_ERROR', (c) => c.settings([5, 0x100_0000])),
  bad('8441 3', 'Tunnels that are taken back', 'PROTOCOL_ERROR', (c) => {
    c.settings([8, 1]);
    c.settings([8, 0]);
  }),
  fine('9113 6.5.2', 'Unknown settings change nothing', (c) => c.settings([0xeeee, 5])),
  fine('9113 6.5.3', 'SETTINGS are acknowledged', async (c) => {
    c.settings([3, 50]);
    await c.expect('Settings', { flags: Flag.Ack });
    await c.expect('Settings', { flags: Flag.Ack });
  }),
  bad('9113 6.6', 'PUSH_PROMISE, which we have forbidden', 'PROTOCOL_ERROR', (c, id) =>
    c.frame(5, Flag.EndHeaders, id, Buffer.concat([word(2), ok])),
  ),
  fine('9113 6.7', 'PING comes back with what was in it', (c) => c.roundTrip()),
  bad('9113 6.7', 'PING for a stream', 'PROTOCOL_ERROR', (c, id) => c.frame('Ping', 0, id, '12345678')),
  bad('9113 6.7', 'PING of the wrong length', 'FRAME_SIZE_ERROR', (c) => c.frame('Ping', 0, 0, '1234567')),
  bad('9113 6.8', 'GOAWAY for a stream', 'PROTOCOL_ERROR', (c, id) => c.frame('Goaway', 0, id, Buffer.alloc(8))),
  bad('9113 6.9', 'WINDOW_UPDATE by nothing, for the connection', 'PROTOCOL_ERROR', (c) => c.windowUpdate(0, 0)),
  {
    section: '9113 6.9',
    rule: 'WINDOW_UPDATE by nothing, for a stream',
    serve: (c, id) => c.windowUpdate(id, 0),
    see: { status: 502, reason: 'server-junk', reset: 'PROTOCOL_ERROR' },
  },
  bad('9113 6.9', 'WINDOW_UPDATE of the wrong length', 'FRAME_SIZE_ERROR', (c) => c.frame('WindowUpdate', 0, 0, 'abc')),
  bad('9113 6.9.1', 'A window of the connection over 2^31-1', 'FLOW_CONTROL_ERROR', (c) =>
    c.windowUpdate(0, 0x7fff_ffff),
  ),
  {
    section: '9113 6.9.1',
    rule: 'A window of a stream over 2^31-1',
    serve: (c, id) => c.windowUpdate(id, 0x7fff_ffff),
    see: { status: 502, reason: 'server-junk', reset: 'FLOW_CONTROL_ERROR' },
  },
  bad('9113 6.10', 'CONTINUATION without HEADERS', 'PROTOCOL_ERROR', (c, id) =>
    c.frame('Continuation', Flag.EndHeaders, id, ok),
  ),
  bad('9113 6.10', 'CONTINUATION of another stream', 'PROTOCOL_ERROR', (c, id) => {
    c.frame('Headers', 0, id, ok);
    c.frame('Continuation', Flag.EndHeaders, id + 2, '');
  }),
  {
    section: '9113 6.10',
    rule: 'A header block may come in pieces of a byte',
    serve: (c, id) => {
      const block = plainBlock([[':status', '203']]);
      c.frame('Headers', Flag.EndStream, id, block.subarray(0, 1));
      for (let i = 1; i < 14; i++) c.frame('Continuation', 0, id, block.subarray(i, i + 1));
      c.frame('Continuation', Flag.EndHeaders, id, block.subarray(14));
    },
    see: { status: 203 },
  },
  // --- RFC 7541 --------------------------------------------------------------------------------------------------
  bad('7541 2.3.3', 'An index beyond both tables', 'COMPRESSION_ERROR', (c, id) =>
    c.frame('Headers', Flag.EndHeaders, id, hpackInteger(0x80, 7, 200)),
  ),
  bad('7541 4.2', 'A table larger than was allowed', 'COMPRESSION_ERROR', (c, id) =>
    c.frame('Headers', Flag.EndHeaders, id, Buffer.concat([hpackInteger(0x20, 5, 4097), ok])),
  ),
  bad('7541 4.2', 'A change of the table behind fields', 'COMPRESSION_ERROR', (c, id) =>
    c.frame('Headers', Flag.EndHeaders, id, Buffer.concat([ok, Buffer.of(0x20)])),
  ),
  bad('7541 5.1', 'An integer that never ends', 'COMPRESSION_ERROR', (c, id) =>
    c.frame('Headers', Flag.EndHeaders, id, Buffer.alloc(20, 0xff)),
  ),
  bad('7541 5.2', 'A text that is cut off', 'COMPRESSION_ERROR', (c, id) =>
    c.frame('Headers', Flag.EndHeaders, id, Buffer.of(0, 9, 0x61)),
  ),
  bad('7541 5.2', 'Huffman padding that is longer than 7 bits', 'COMPRESSION_ERROR', (c, id) =>
    c.frame('Headers', Flag.EndHeaders, id, Buffer.of(0x88, 0, 1, 0x61, 0x82, 0xff, 0xff)),
  ),
];
