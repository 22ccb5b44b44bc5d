import assert from 'node:assert/strict';

import { Flag } from '../../../src/wire/http2/codes.ts';
import { hpackText, plainBlock, word } from '../raw/frames.ts';
import { request } from '../raw/raw-h2-client.ts';
import { get, held, openRequest, type Must } from './must.ts';

/** DATA, HEADERS, PRIORITY, RST_STREAM and CONTINUATION (RFC 9113 sections 6.1 to 6.4 and 6.10). */
export const streamFrameMusts: readonly Must[] = [
  {
    section: '9113 6.1',
    rule: 'DATA for the connection ends it with PROTOCOL_ERROR',
    send: (client) => client.data(0, 'x'),
    see: { goaway: 'PROTOCOL_ERROR' },
  },
  {
    section: '9113 6.1',
    rule: 'Padding of DATA is no part of the body',
    send: (client, path) => {
      openRequest(client, path);
      client.frame('Data', Flag.Padded | Flag.EndStream, 1, '\x05hello\0\0\0\0\0');
    },
    see: {
      check: async (client) => assert.match((await client.message(1)).body.toString(), /\nhello$/),
    },
  },
  {
    section: '9113 6.1',
    rule: 'More padding than there is DATA ends the connection with PROTOCOL_ERROR',
    send: (client, path) => {
      openRequest(client, path);
      client.frame('Data', Flag.Padded | Flag.EndStream, 1, '\x06hello');
    },
    see: { goaway: 'PROTOCOL_ERROR' },
  },
  {
    section: '9113 6.1',
    rule: 'DATA that is said to be padded has the length of its padding',
    send: (client, path) => {
      openRequest(client, path);
      client.frame('Data', Flag.Padded | Flag.EndStream, 1);
    },
    see: { goaway: ['FRAME_SIZE_ERROR', 'PROTOCOL_ERROR'] },
  },
  {
    section: '9113 6.2',
    rule: 'HEADERS for the connection end it with PROTOCOL_ERROR',
    send: (client, path) => client.headers(0, request(path), { endStream: true }),
    see: { goaway: 'PROTOCOL_ERROR' },
  },
  {
    section: '9113 6.2',
    rule: 'Padding and priority of HEADERS are no part of the block',
    send: (client, path) => {
      const payload = [Buffer.of(3), Buffer.alloc(5), plainBlock(request(path)), Buffer.alloc(3)];
      client.frame('Headers', 0x2d, 1, Buffer.concat(payload));
    },
    see: { status: '200' },
  },
  {
    section: '9113 6.2',
    rule: 'More padding than there is of HEADERS ends the connection with PROTOCOL_ERROR',
    send: (client, path) =>
      client.frame('Headers', 0x0d, 1, Buffer.concat([Buffer.of(255), plainBlock(request(path))])),
    see: { goaway: 'PROTOCOL_ERROR' },
  },
  {
    section: '9113 6.2',
    rule: 'HEADERS that are too short for their priority are FRAME_SIZE_ERROR',
    send: (client) => client.frame('Headers', 0x25, 1, 'abcd'),
    see: { goaway: ['FRAME_SIZE_ERROR', 'PROTOCOL_ERROR'] },
  },
  {
    section: '9113 6.3',
    rule: 'PRIORITY for the connection ends it with PROTOCOL_ERROR',
    send: (client) => client.frame('Priority', 0, 0, Buffer.alloc(5)),
    see: { goaway: 'PROTOCOL_ERROR' },
  },
  {
    section: '9113 6.3',
    rule: 'PRIORITY of another length than 5 is FRAME_SIZE_ERROR of its stream',
    send: (client, path) => {
      get(client, held(path));
      client.frame('Priority', 0, 1, Buffer.alloc(4));
    },
    see: { reset: 'FRAME_SIZE_ERROR' },
  },
  {
    section: '7540 5.3.1',
    rule: 'A request whose stream depends on itself is PROTOCOL_ERROR of its stream',
    send: (client, path) => {
      const payload = [word(1), Buffer.of(255), plainBlock(request(path))];
      client.frame('Headers', Flag.Priority | Flag.EndHeaders | Flag.EndStream, 1, Buffer.concat(payload));
    },
    see: { reset: 'PROTOCOL_ERROR' },
    log: null,
  },
  {
    section: '7540 5.3.1',
    rule: 'PRIORITY that makes a stream depend on itself is PROTOCOL_ERROR of its stream',
    send: (client, path) => {
      get(client, held(path));
      client.frame('Priority', 0, 1, Buffer.concat([word(1), Buffer.of(255)]));
    },
    see: { reset: 'PROTOCOL_ERROR' },
  },
  {
    section: '7540 5.3.1',
    rule: 'PRIORITY that makes an idle stream depend on itself ends the connection: it cannot be reset',
    send: (client) => client.frame('Priority', 0, 1, Buffer.concat([word(1), Buffer.of(255)])),
    see: { goaway: 'PROTOCOL_ERROR' },
  },
  {
    section: '9113 6.4',
    rule: 'RST_STREAM for the connection ends it with PROTOCOL_ERROR',
    send: (client) => client.resetStream(0),
    see: { goaway: 'PROTOCOL_ERROR' },
  },
  {
    section: '9113 6.4',
    rule: 'RST_STREAM of another length than 4 ends the connection with FRAME_SIZE_ERROR',
    send: (client, path) => {
      get(client, held(path));
      client.frame('RstStream', 0, 1, 'abc');
    },
    see: { goaway: 'FRAME_SIZE_ERROR' },
  },
  {
    section: '9113 6.4',
    rule: 'RST_STREAM with a code that nobody knows ends its stream, and nothing else (section 7)',
    send: (client, path) => {
      get(client, held(path));
      client.resetStream(1, 0xffff_ffff);
    },
    see: { fine: true },
    log: 'client-abort',
  },
  {
    section: '9113 6.6',
    rule: 'Clients push nothing: PUSH_PROMISE ends the connection with PROTOCOL_ERROR',
    send: (client, path) => {
      get(client, held(path));
      client.frame('PushPromise', 4, 1, Buffer.concat([word(2), plainBlock(request(path))]));
    },
    see: { goaway: 'PROTOCOL_ERROR' },
  },
  {
    section: '9113 6.10',
    rule: 'A header block may be cut into CONTINUATION anywhere',
    send: (client, path) => {
      const block = plainBlock(request(path));
      client.frame('Headers', Flag.EndStream, 1, block.subarray(0, 1));
      client.frame('Continuation', 0, 1, block.subarray(1, 20));
      client.frame('Continuation', 0, 1);
      client.frame('Continuation', 4, 1, block.subarray(20));
    },
    see: { status: '200' },
  },
  {
    section: '9113 6.10',
    rule: 'Between HEADERS and CONTINUATION nothing may come: SETTINGS may not',
    send: (client, path) => {
      client.frame('Headers', Flag.EndStream, 1, plainBlock(request(path)));
      client.settings();
    },
    see: { goaway: 'PROTOCOL_ERROR' },
  },
  {
    section: '9113 6.10',
    rule: 'Between HEADERS and CONTINUATION nothing may come: DATA may not',
    send: (client, path) => {
      client.frame('Headers', 0, 1, plainBlock(request(path)));
      client.data(1, 'x');
      client.frame('Continuation', 4, 1, plainBlock([['x', 'y']]));
    },
    see: { goaway: 'PROTOCOL_ERROR' },
  },
  {
    section: '9113 6.10',
    rule: 'CONTINUATION for the connection ends it with PROTOCOL_ERROR',
    send: (client, path) => {
      client.frame('Headers', Flag.EndStream, 1, plainBlock(request(path)));
      client.frame('Continuation', 4, 0, plainBlock([['x', 'y']]));
    },
    see: { goaway: 'PROTOCOL_ERROR' },
  },
  {
    section: '9113 6.10',
    rule: 'CONTINUATION of another stream ends the connection with PROTOCOL_ERROR',
    send: (client, path) => {
      client.frame('Headers', Flag.EndStream, 1, plainBlock(request(path)));
      client.frame('Continuation', 4, 3, plainBlock([['x', 'y']]));
    },
    see: { goaway: 'PROTOCOL_ERROR' },
  },
  {
    section: '9113 6.10',
    rule: 'CONTINUATION behind DATA ends the connection with PROTOCOL_ERROR',
    send: (client, path) => {
      openRequest(client, path);
      client.data(1, 'x');
      client.frame('Continuation', 4, 1, plainBlock([['x', 'y']]));
    },
    see: { goaway: 'PROTOCOL_ERROR' },
  },
  {
    section: '9113 6.10',
    rule: 'A field may be cut anywhere, in the middle of its name as well',
    send: (client, path) => {
      const block = Buffer.concat([plainBlock(request(path)), Buffer.of(0), hpackText('x-cut'), hpackText('whole')]);
      client.frame('Headers', Flag.EndStream, 1, block.subarray(0, block.length - 9));
      client.frame('Continuation', 4, 1, block.subarray(block.length - 9));
    },
    see: { check: async (client) => assert.match((await client.message(1)).body.toString(), /x-cut: whole/i) },
  },
];
