import assert from 'node:assert/strict';

import { Flag } from '../../../src/wire/http2/codes.ts';
import { frameBytes, plainBlock, settingsPayload, word, type Pair } from '../raw/frames.ts';
import type { RawH2ServerConnection } from '../raw/raw-h2-server.ts';
import type { ClientMust, ClientSeen } from './client-must.ts';

/** Only the stream is lost. */
const malformed: ClientSeen = { status: 502, reason: 'server-junk', reset: 'PROTOCOL_ERROR' };

/** A head that no answer may have. */
function badHead(section: string, rule: string, ...fields: readonly Pair[]): ClientMust {
  return { section, rule, serve: (c, id) => c.headers(id, fields), see: malformed };
}

/** One that ends the stream as well, so that nothing can be said of it. */
function badEnd(section: string, rule: string, ...fields: readonly Pair[]): ClientMust {
  const see = { status: 502, reason: 'server-junk' };
  return { section, rule, serve: (c, id) => c.headers(id, fields, { endStream: true }), see };
}

/** What comes once the head has gone to the client: the answer breaks off. */
function broken(section: string, rule: string, serve: ClientMust['serve']): ClientMust {
  return { section, rule, serve, see: { reason: 'server-junk', broken: true } };
}

const status: Pair = [':status', '200'];

/** So many frames of one kind, in few writes. */
function flood(rule: string, frame: (id: number) => Buffer): ClientMust {
  return {
    section: '9113 10.5',
    rule: `A flood of ${rule}`,
    serve: (c, id) => {
      for (let i = 0; i < 15; i++) c.send(Buffer.concat(Array.from({ length: 100 }, () => frame(id))));
    },
    see: { status: 502, reason: 'server-junk', goaway: 'ENHANCE_YOUR_CALM' },
  };
}

function dataBytes(connection: RawH2ServerConnection, id: number): number {
  return connection.partial(id).body.length;
}

/** Answers and requests (RFC 9113 section 8), windows, and what costs too much (section 10). */
export const messageMusts: readonly ClientMust[] = [
  badHead('9113 8.3.2', 'An answer without :status', ['content-type', 'text/plain']),
  badHead('9113 8.3.2', 'An answer with two of them', status, status),
  badHead('9113 8.3', 'A pseudo-header of requests', status, [':path', '/']),
  badHead('9113 8.3', 'An unknown pseudo-header', status, [':colour', 'red']),
  badHead('9113 8.3', 'A pseudo-header behind other fields', ['a', 'b'], status),
  badHead('9113 8.3.2', 'A status that is no number', [':status', '2OO']),
  badHead('9113 8.3.2', 'A status that is none', [':status', '999']),
  badHead('9113 8.6', 'A 101, which HTTP/2 does not have', [':status', '101']),
  badHead('9113 8.2.1', 'A name with a capital letter', status, ['Server', 'x']),
  badHead('9113 8.2.1', 'A name with a space', status, ['a b', 'x']),
  badHead('9113 8.2.1', 'An empty name', status, ['', 'x']),
  badHead('9113 8.2.1', 'A line end in a value', status, ['a', 'b\r\nc: d']),
  badHead('9113 8.2.1', 'NUL in a value', status, ['a', 'b\0c']),
  badHead('9113 8.2.1', 'White space around a value', status, ['a', ' b']),
  badHead('9113 8.2.2', 'Connection', status, ['connection', 'close']),
  badHead('9113 8.2.2', 'Transfer-Encoding', status, ['transfer-encoding', 'chunked']),
  badHead('9113 8.1.1', 'Two lengths', status, ['content-length', '0'], ['content-length', '0']),
  badHead('9113 8.1.1', 'A length that is no number', status, ['content-length', '-1']),
  badEnd('9113 8.1.1', 'A body that is announced and does not come', status, ['content-length', '5']),
  badEnd('9113 8.1', 'An informational answer that ends the stream', [':status', '103']),
  {
    section: '9113 8.1',
    rule: 'DATA before a head',
    serve: (c, id) => c.data(id, 'x'),
    see: malformed,
  },
  {
    section: '9113 8.1',
    rule: 'Informational answers without an end',
    serve: (c, id) => {
      for (let i = 0; i < 17; i++) c.headers(id, [[':status', '103']]);
    },
    see: malformed,
  },
  {
    section: '9113 8.1',
    rule: 'An informational answer comes before the final one',
    serve: (c, id) => {
      c.headers(id, [
        [':status', '103'],
        ['link', '</a.css>; rel=preload'],
      ]);
      c.answer(id, 'ok');
    },
    see: { check: (_, { informed }) => assert.deepEqual(informed, [103]) },
  },
  {
    section: '9113 8.1.1',
    rule: 'A body longer than announced, of which the client gets no more than that',
    serve: (c, id) => {
      c.headers(id, [status, ['content-length', '3']]);
      c.data(id, 'abc');
      c.data(id, 'd', { endStream: true });
    },
    see: {
      reason: 'server-junk',
      check: (_, { body }) => assert.equal(body.toString(), 'abc'),
    },
  },
  broken('9113 8.1.1', 'A body shorter than announced', (c, id) => {
    c.headers(id, [status, ['content-length', '5']]);
    c.data(id, 'abc', { endStream: true });
  }),
  broken('9113 8.1', 'A second head behind the first', (c, id) => {
    c.headers(id, [status]);
    c.data(id, 'abc');
    c.headers(id, [status]);
  }),
  broken('9113 8.1', 'Trailers with a pseudo-header', (c, id) => {
    c.headers(id, [status]);
    c.data(id, 'abc');
    c.headers(id, [status], { endStream: true });
  }),
  {
    section: '9113 8.1',
    rule: 'Trailers come through',
    serve: (c, id) => {
      c.headers(id, [status]);
      c.data(id, 'abc');
      c.headers(id, [['x-sum', '1']], { endStream: true });
    },
    see: {
      check: (_, { body, trailers }) => {
        assert.equal(body.toString(), 'abc');
        assert.equal(trailers['x-sum'], '1');
      },
    },
  },
  {
    section: '9113 8.1',
    rule: 'An answer is not thrown away because NO_ERROR resets its stream',
    request: { method: 'POST', body: 'x'.repeat(500_000) },
    settings: [[4, 1000]],
    serve: (c, id) => {
      c.answer(id, 'ok', '413');
      c.resetStream(id, 0);
    },
    see: { status: 413, check: (_, { body }) => assert.equal(body.toString(), 'ok') },
  },
  {
    section: '9113 8.1.1',
    rule: 'A HEAD has no body, whatever its length says, and its end may come later',
    request: { method: 'HEAD' },
    serve: (c, id) => {
      c.headers(id, [status, ['content-length', '99']]);
      c.data(id, '', { endStream: true });
    },
    see: { check: (_, { headers }) => assert.equal(headers['content-length'], '99') },
  },
  {
    section: '9113 8.1.1',
    rule: 'A 304 has none either',
    serve: (c, id) =>
      c.headers(
        id,
        [
          [':status', '304'],
          ['content-length', '99'],
        ],
        { endStream: true },
      ),
    see: { status: 304 },
  },
  {
    section: '9113 8.3.1',
    rule: 'A request has its pseudo-headers first, no Host, and nothing of the connection',
    serve: (c, id) => c.answer(id, 'ok'),
    see: {
      check: (c) => {
        const fields = c.partial(1).fields;
        assert.deepEqual(Object.keys(fields).slice(0, 4).toSorted(), [':authority', ':method', ':path', ':scheme']);
        for (const name of ['host', 'connection', 'keep-alive', 'upgrade', 'transfer-encoding', 'te'])
          assert.equal(fields[name], undefined, name);
        assert.ok(Object.keys(fields).every((name) => name === name.toLowerCase()));
      },
    },
  },
  {
    section: '9113 8.1',
    rule: 'A length is announced, and right',
    request: { method: 'PUT', body: 'hello' },
    serve: async (c, id) => {
      const { fields, body } = await c.message(id);
      assert.equal(fields['content-length'], '5');
      c.answer(id, body.toString());
    },
    see: { check: (_, { body }) => assert.equal(body.toString(), 'hello') },
  },
  {
    section: '9113 6.9.1',
    rule: 'No more of a body goes than the window of the stream lets through',
    request: { method: 'POST', body: 'x'.repeat(3000) },
    settings: [[4, 1000]],
    warm: true,
    serve: async (c, id) => {
      await c.expect('Data', { id });
      assert.equal(dataBytes(c, id), 1000);
      // What the server's end gives back by itself makes room for the rest.
      const { body } = await c.message(id);
      c.answer(id, String(body.length));
    },
    see: { check: (_, { body }) => assert.equal(body.toString(), '3000') },
  },
  {
    section: '9113 6.9.2',
    rule: 'A window that becomes larger lets more through',
    request: { method: 'POST', body: 'x'.repeat(3000) },
    settings: [[4, 0]],
    warm: true,
    serve: async (c, id) => {
      await c.roundTrip();
      assert.equal(dataBytes(c, id), 0);
      c.settings([4, 1500]);
      await c.expect('Data', { id });
      assert.equal(dataBytes(c, id), 1500);
      const { body } = await c.message(id);
      c.answer(id, String(body.length));
    },
    see: { check: (_, { body }) => assert.equal(body.toString(), '3000') },
  },
  {
    section: '9113 6.9.2',
    rule: 'A window that becomes smaller may be below zero, and must be filled up first',
    request: { method: 'POST', body: 'x'.repeat(3000) },
    settings: [[4, 1000]],
    warm: true,
    credit: false,
    serve: async (c, id) => {
      await c.waitFor('what the window lets through', () => dataBytes(c, id) === 1000);
      c.settings([4, 100]); // 900 below zero.
      c.windowUpdate(id, 900);
      await c.roundTrip();
      assert.equal(dataBytes(c, id), 1000);
      c.windowUpdate(id, 1);
      await c.waitFor('a byte more', () => dataBytes(c, id) === 1001);
      c.windowUpdate(id, 5000);
      const { body } = await c.message(id);
      c.answer(id, String(body.length));
    },
    see: { check: (_, { body }) => assert.equal(body.toString(), '3000') },
  },
  flood('PING', () => frameBytes('Ping', 0, 0, '12345678')),
  flood('SETTINGS', () => frameBytes('Settings', 0, 0, settingsPayload([]))),
  flood('WINDOW_UPDATE', (id) => frameBytes('WindowUpdate', 0, id, word(1))),
  flood('PRIORITY', (id) => frameBytes('Priority', 0, id, Buffer.alloc(5))),
  flood('unknown frames', (id) => frameBytes(0xee, 0, id)),
  {
    section: '9113 10.5',
    rule: 'A flood of empty DATA',
    serve: (c, id) => {
      c.headers(id, [status]);
      for (let i = 0; i < 15; i++)
        c.send(Buffer.concat(Array.from({ length: 100 }, () => frameBytes('Data', 0, id, ''))));
    },
    see: { reason: 'server-junk', goaway: 'ENHANCE_YOUR_CALM', broken: true },
  },
  {
    section: '9113 10.5',
    rule: 'A header block without an end',
    serve: (c, id) => {
      c.frame('Headers', 0, id, Buffer.alloc(0));
      for (let i = 0; i < 100; i++) c.frame('Continuation', 0, id, Buffer.alloc(0));
    },
    see: { status: 502, reason: 'server-junk', goaway: 'ENHANCE_YOUR_CALM' },
  },
  {
    section: '9113 10.5.1',
    rule: 'A list of fields over the limits of the pool',
    serve: (c, id) => c.headers(id, [status, ...Array.from({ length: 150 }, (_, i) => [`x-${i}`, 'x'] as const)]),
    see: malformed,
  },
  {
    section: '7541 7.3',
    rule: 'A small block that grows beyond all bounds',
    serve: (c, id) => {
      // One field of 3000 bytes goes into the table, and is asked for 5000 times.
      const large = plainBlock([['x-bomb', 'x'.repeat(3000)]]);
      large[0] = 0x40;
      const block = Buffer.concat([Buffer.of(0x88), large, Buffer.alloc(5000, 0x80 | 62)]);
      c.frame('Headers', Flag.EndHeaders, id, block);
    },
    see: malformed,
  },
];
