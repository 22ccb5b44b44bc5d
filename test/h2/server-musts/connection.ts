import assert from 'node:assert/strict';

import { Flag } from '../../../src/wire/http2/codes.ts';
import { frameBytes, plainBlock } from '../raw/frames.ts';
import { clientPrefaceText, request } from '../raw/raw-h2-client.ts';
import { get, held, openRequest, type Must } from './must.ts';

const large = Buffer.alloc(16_385);

/** Preface, frames and header blocks (RFC 9113 sections 3 and 4). */
export const connectionMusts: readonly Must[] = [
  {
    section: '9113 3.4',
    rule: 'The first frame of a server is SETTINGS, and no ACK',
    send: () => undefined,
    see: {
      check: async (client) => {
        await client.expect('Settings');
        assert.deepEqual([client.frames[0]!.type, client.frames[0]!.flags], [4, 0]);
      },
    },
  },
  {
    section: '9113 3.4',
    rule: 'What does not begin with the preface gets no HTTP/2',
    client: { greet: false, polite: false },
    send: (client) => client.send('INVALID CONNECTION PREFACE\r\n\r\n'),
    see: { closed: true },
    log: 'bad-request',
  },
  {
    section: '9113 3.4',
    rule: 'A preface that goes wrong behind its first line is none',
    client: { greet: false, polite: false },
    send: (client) => client.send('PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n'),
    see: { closed: true },
    log: 'protocol-error',
  },
  {
    section: '9113 3.4',
    rule: 'The preface counts however its bytes come',
    client: { greet: false, polite: false },
    send: async (client, path) => {
      for (const byte of clientPrefaceText) {
        client.send(byte);
        await new Promise((resolve) => void setImmediate(resolve));
      }
      client.settings();
      get(client, path);
    },
    see: { status: '200' },
  },
  {
    section: '9113 3.4',
    rule: 'Behind the preface SETTINGS must come',
    client: { greet: false, polite: false },
    send: (client) => client.send(clientPrefaceText, frameBytes('Ping', 0, 0, '12345678')),
    see: { goaway: 'PROTOCOL_ERROR' },
  },
  {
    section: '9113 3.4',
    rule: 'Behind the preface an ACK of SETTINGS is not enough',
    client: { greet: false, polite: false },
    send: (client) => client.send(clientPrefaceText, frameBytes('Settings', 1, 0)),
    see: { goaway: 'PROTOCOL_ERROR' },
  },
  {
    section: '9113 3.4',
    rule: "Frames may come before the client has seen the server's settings",
    client: { greet: false, polite: false },
    send: (client, path) =>
      client.send(
        clientPrefaceText,
        frameBytes('Settings', 0, 0),
        frameBytes('Headers', 5, 1, plainBlock(request(path))),
      ),
    see: { status: '200' },
  },
  {
    section: '9113 4.1',
    rule: 'Frames of unknown types are passed over',
    send: (client, path) => {
      client.frame(0x7f, 0xff, 0, 'whatever');
      client.frame(0x16, 0, 1, 'whatever');
      get(client, path);
    },
    see: { status: '200' },
  },
  {
    section: '9113 4.1',
    rule: 'Flags that a type does not have are passed over',
    send: (client, path) => {
      client.frame('Ping', 0x16, 0, '12345678');
      client.frame('Headers', 0x45, 1, plainBlock(request(path)));
    },
    see: { status: '200' },
  },
  {
    section: '9113 4.1',
    rule: 'The reserved bit of the stream identifier is passed over',
    send: (client, path) => client.frame('Headers', 5, 0x8000_0001, plainBlock(request(path))),
    see: { status: '200' },
  },
  {
    section: '9113 4.2',
    rule: 'Frames of 16,384 bytes are taken',
    send: (client, path) => {
      openRequest(client, path);
      client.data(1, large.subarray(1), { endStream: true });
    },
    see: { status: '200' },
  },
  {
    section: '9113 4.2',
    rule: 'DATA larger than was allowed is FRAME_SIZE_ERROR',
    send: (client, path) => {
      openRequest(client, path);
      client.data(1, large, { endStream: true });
    },
    see: { either: 'FRAME_SIZE_ERROR' },
  },
  {
    section: '9113 4.2',
    rule: 'HEADERS larger than was allowed end the connection with FRAME_SIZE_ERROR',
    send: (client) => client.frame('Headers', 5, 1, large),
    see: { goaway: 'FRAME_SIZE_ERROR' },
  },
  {
    section: '9113 4.2',
    rule: 'SETTINGS larger than was allowed end the connection with FRAME_SIZE_ERROR',
    send: (client) => client.frame('Settings', 0, 0, Buffer.alloc(16_386)),
    see: { goaway: 'FRAME_SIZE_ERROR' },
  },
  {
    section: '9113 4.2',
    rule: 'Even unknown frames may not be larger than was allowed',
    send: (client) => client.frame(0x7f, 0, 0, large),
    see: { goaway: 'FRAME_SIZE_ERROR' },
  },
  {
    section: '9113 4.3',
    rule: 'A header block that cannot be read ends the connection with COMPRESSION_ERROR',
    send: (client) => client.block(1, Buffer.of(0, 0x85, 0xf2, 0xb2, 0x4a, 0x84, 0xff, 0x84, 0x49, 0x50, 0x9f, 0xff)),
    see: { goaway: 'COMPRESSION_ERROR' },
  },
  {
    section: '9113 4.3',
    rule: 'Only CONTINUATION may come within a header block: PRIORITY may not',
    send: (client, path) => {
      client.frame('Headers', Flag.EndStream, 1, plainBlock(request(path)));
      client.frame('Priority', 0, 1, Buffer.alloc(5));
    },
    see: { goaway: 'PROTOCOL_ERROR' },
  },
  {
    section: '9113 4.3',
    rule: 'Only CONTINUATION may come within a header block: HEADERS of another stream may not',
    send: (client, path) => {
      client.frame('Headers', Flag.EndStream, 1, plainBlock(request(path)));
      client.frame('Headers', 5, 3, plainBlock(request(path)));
    },
    see: { goaway: 'PROTOCOL_ERROR' },
  },
  {
    section: '9113 4.3',
    rule: 'A header block is read also where its stream is not wanted, for the next ones rest on it',
    send: async (client, path) => {
      const dynamic = Buffer.concat([Buffer.of(0x40, 6), Buffer.from('x-seen'), Buffer.of(3), Buffer.from('yes')]);
      get(client, held(path));
      client.resetStream(1);
      client.block(1, dynamic, { endStream: true });
      await client.expect('RstStream', { id: 1 });
      client.block(3, Buffer.concat([plainBlock(request(path)), Buffer.of(0xbe)]), { endStream: true });
    },
    see: {
      check: async (client) => {
        const { body } = await client.message(3);
        assert.match(body.toString(), /x-seen: yes/i);
      },
    },
    log: 'client-abort',
  },
];
