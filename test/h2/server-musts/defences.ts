import assert from 'node:assert/strict';

import { frameBytes, hpackText, plainBlock, settingsPayload, word } from '../raw/frames.ts';
import { request, type RawH2Client } from '../raw/raw-h2-client.ts';
import { get, held, openRequest, type Must } from './must.ts';

const calm = { goaway: 'ENHANCE_YOUR_CALM' } as const;

/** So many frames of one kind, in few writes. */
function pour(client: RawH2Client, count: number, frame: (i: number) => Buffer): void {
  for (let from = 0; from < count; from += 100)
    client.send(Buffer.concat(Array.from({ length: Math.min(100, count - from) }, (_, i) => frame(from + i))));
}

function flood(rule: string, frame: (i: number) => Buffer, open = false): Must {
  return {
    section: '9113 10.5',
    rule,
    send: (client, path) => {
      if (open) openRequest(client, held(path));
      pour(client, 1500, frame);
    },
    see: calm,
  };
}

/** A block whose first field is put into the table, and then meant again and again. */
function bomb(path: string): Buffer {
  const entry = Buffer.concat([Buffer.of(0x40), hpackText('x-bomb'), hpackText('b'.repeat(3900))]);
  return Buffer.concat([plainBlock(request(path)), entry, Buffer.alloc(15_000, 0xbe)]);
}

/** What a client could do to cost much and pay little (RFC 9113 section 10.5). */
export const defences: readonly Must[] = [
  {
    section: '9113 10.5',
    rule: 'Streams that are opened and reset without end are too much',
    send: (client, path) => {
      const block = plainBlock(request(held(path)));
      pour(client, 1500, (i) =>
        Buffer.concat([frameBytes('Headers', 5, 2 * i + 1, block), frameBytes('RstStream', 0, 2 * i + 1, word(8))]),
      );
    },
    see: calm,
  },
  {
    section: '9113 10.5',
    rule: 'Streams that the server is made to reset without end are too much',
    send: (client, path) => {
      const block = plainBlock(request(held(path)));
      pour(client, 1500, (i) =>
        Buffer.concat([frameBytes('Headers', 5, 2 * i + 1, block), frameBytes('WindowUpdate', 0, 2 * i + 1, word(0))]),
      );
    },
    see: calm,
  },
  {
    section: '9113 10.5',
    rule: 'Bodies of a wrong length without end are too much',
    send: (client, path) => {
      const block = plainBlock(request(held(path), [['content-length', '1']], 'POST'));
      pour(client, 1500, (i) =>
        Buffer.concat([frameBytes('Headers', 4, 2 * i + 1, block), frameBytes('Data', 0, 2 * i + 1, 'too long')]),
      );
    },
    see: calm,
  },
  {
    section: '9113 10.5',
    rule: 'Streams over the number that may be open, without end, are too much',
    send: (client, path) => {
      const block = plainBlock(request(held(path)));
      pour(client, 1500, (i) => frameBytes('Headers', 5, 2 * i + 1, block));
    },
    see: calm,
  },
  {
    section: '9113 10.5.1',
    rule: 'A header block of endless empty frames is too much',
    send: (client, path) => {
      client.frame('Headers', 1, 1, plainBlock(request(path)));
      pour(client, 200, () => frameBytes('Continuation', 0, 1));
    },
    see: calm,
  },
  {
    section: '9113 10.5.1',
    rule: 'A header block of endless full frames is too much',
    send: (client, path) => {
      client.frame('Headers', 1, 1, plainBlock(request(path)));
      for (let i = 0; i < 20; i++) client.frame('Continuation', 0, 1, Buffer.alloc(16_384));
    },
    see: calm,
  },
  {
    section: '9113 10.5.1',
    rule: 'A small block that means a large list is refused, and the connection goes on',
    send: (client, path) => client.block(1, bomb(path), { endStream: true }),
    see: { status: '431' },
    log: 'head-too-large',
  },
  {
    section: '9113 10.5.1',
    rule: 'A list of too many fields is refused, and the connection goes on',
    send: (client, path) =>
      client.headers(
        1,
        request(
          path,
          Array.from({ length: 200 }, (_, i) => [`x-${i}`, ''] as const),
        ),
        {
          endStream: true,
        },
      ),
    see: { status: '431' },
    log: 'head-too-large',
  },
  {
    section: '9113 10.5.1',
    rule: 'A field that is too long is refused, and the connection goes on',
    send: (client, path) => get(client, path, 1, [['x-long', 'x'.repeat(10_000)]]),
    see: { status: '431' },
    log: 'head-too-large',
  },
  {
    section: '9113 10.5.1',
    rule: 'A path that is too long is refused, and the connection goes on',
    send: (client, path) => get(client, `${path}${'x'.repeat(10_000)}`),
    see: { status: '414' },
    log: 'uri-too-long',
  },
  flood('PING without end is too much', () => frameBytes('Ping', 0, 0, '12345678')),
  flood('SETTINGS without end are too much', () => frameBytes('Settings', 0, 0)),
  flood('Windows that are changed without end are too much', (i) =>
    frameBytes('Settings', 0, 0, settingsPayload([[4, 1000 + i]])),
  ),
  flood('PRIORITY without end is too much', () => frameBytes('Priority', 0, 1, Buffer.alloc(5))),
  flood('PRIORITY_UPDATE without end is too much', () =>
    frameBytes('PriorityUpdate', 0, 0, Buffer.concat([word(1), Buffer.from('u=1')])),
  ),
  flood('Unknown frames without end are too much', () => frameBytes(0x7f, 0, 0)),
  flood('Empty DATA without end is too much', () => frameBytes('Data', 0, 1), true),
  flood('DATA of nothing but padding without end is too much', () => frameBytes('Data', 8, 1, '\x01\0'), true),
  flood('WINDOW_UPDATE without end is too much', () => frameBytes('WindowUpdate', 0, 0, word(1))),
  flood('WINDOW_UPDATE of a stream without end is too much', () => frameBytes('WindowUpdate', 0, 1, word(1)), true),
  flood('GOAWAY without end is too much', () => frameBytes('Goaway', 0, 0, Buffer.alloc(8)), true),
];

/** Sends something small again and again, until the server has had enough. */
async function dribble(client: RawH2Client, piece: (i: number) => Buffer): Promise<void> {
  for (let i = 0; i < 400 && client.ending === 'open' && client.find('Goaway') === undefined; i++) {
    client.send(piece(i));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** What a client could do to hold on to a connection; run with short timeouts. */
export const defencesInTime: readonly Must[] = [
  {
    section: '9113 10.5',
    rule: 'A preface that never goes on is over in time',
    client: { greet: false, polite: false },
    send: (client) => client.send('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    see: { closed: true },
    log: 'head-timeout',
  },
  {
    section: '9113 10.5',
    rule: 'A header block that never ends is over in time',
    send: async (client, path) => {
      await client.expect('Settings'); // Acknowledged before, not within.
      client.frame('Headers', 1, 1, plainBlock(request(path)));
    },
    see: { goaway: 'ENHANCE_YOUR_CALM' },
    log: 'head-timeout',
  },
  {
    section: '9113 10.5',
    rule: 'A header block whose frames come one after the other, slowly, is over in time',
    send: async (client, path) => {
      await client.expect('Settings');
      client.frame('Headers', 1, 1, plainBlock(request(path)));
      await dribble(client, () => frameBytes('Continuation', 0, 1));
    },
    see: { closed: true },
    log: 'head-timeout',
  },
  {
    section: '9113 10.5',
    rule: 'A header block that comes a byte at a time is over in time',
    send: async (client, path) => {
      const block = frameBytes('Headers', 5, 1, plainBlock(request(`${path}${'x'.repeat(500)}`)));
      await client.expect('Settings');
      await dribble(client, (i) => block.subarray(i, i + 1));
    },
    see: { goaway: 'ENHANCE_YOUR_CALM' },
    log: 'head-timeout',
  },
  {
    section: '9113 10.5',
    rule: 'A frame that never ends is over in time',
    send: (client) => client.send(frameBytes('Ping', 0, 0, '12345678').subarray(0, 12)),
    see: { closed: true },
    log: 'head-timeout',
  },
  {
    section: '9113 10.5',
    rule: 'A connection without a stream is closed in time, with GOAWAY',
    send: () => undefined,
    see: { goaway: 'NO_ERROR' },
    log: null,
  },
  {
    section: '9113 10.5',
    rule: 'A client that opens no window is not waited for: its stream ends in time',
    send: async (client, path) => {
      client.settings([4, 0]);
      get(client, `/large/40000${path}`);
      await client.expect('RstStream', { id: 1, code: 'CANCEL' });
      client.settings([4, 65_535]);
    },
    see: { fine: true },
    log: 'write-timeout',
  },
  {
    section: '9113 10.5',
    rule: 'A client that opens no window of the connection is not waited for',
    send: async (client, path) => {
      client.settings([4, 1_000_000]);
      get(client, `/large/200000${path}`);
      await client.expect('RstStream', { id: 1, code: 'CANCEL' });
      client.windowUpdate(0, 65_535);
    },
    client: { credit: false },
    see: { fine: true },
    log: 'write-timeout',
  },
  {
    section: '9113 10.5',
    rule: 'A client that reads nothing is not waited for',
    send: (client, path) => {
      client.settings([4, 0x7fff_0000]);
      client.windowUpdate(0, 0x7fff_0000);
      client.socket.pause();
      for (let id = 1; id < 40; id += 2) get(client, `/large/2000000${path}`, id);
    },
    see: {
      check: async (client, _path, logged) => {
        await logged('write-timeout'); // Its end shows only to one who reads.
        client.socket.resume();
        await client.closed();
        const bytes = client.frames.reduce((sum, { payload }) => sum + payload.length, 0);
        assert.ok(bytes < 20 * 2_000_000, `${bytes} bytes`);
      },
    },
    log: 'write-timeout',
  },
  {
    section: '9113 10.5',
    rule: 'A body that does not come is over in time',
    send: (client, path) => {
      openRequest(client, path, [['content-length', '100']]);
      client.data(1, 'some');
    },
    see: { status: '408' },
    log: 'body-timeout',
  },
];
