import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HpackDecoder, hpackScratchBytes } from '../../../wire/http2/hpack-decoder.ts';
import { HpackEncoder } from '../../../wire/http2/hpack-encoder.ts';
import type { Exchange, ProxyResponse } from '../../exchange.ts';
import { exchangeOf, HandSource, headersOf } from '../../fixtures.test.ts';
import type { HeadToSend } from '../../http2/stream.ts';
import { answer } from '../http1/fixtures.test.ts';
import { AnswerFields, InterimFields } from './answer-fields.ts';

const date = { value: () => 'now' };

function fieldsOf(head: HeadToSend): string[] {
  const encoder = new HpackEncoder();
  const buffer = Buffer.alloc(head.room);
  encoder.begin(buffer, 0);
  head.write(encoder);
  assert.ok(encoder.end <= head.room);
  const decoder = new HpackDecoder({ listBytes: 10_000, fields: 100 }, Buffer.alloc(hpackScratchBytes(10_000)));
  decoder.decode({ buffer, from: 0, to: encoder.end });
  return decoder.fields.map(({ name, value }) => `${name}: ${value}`);
}

function answered(exchange: Partial<Exchange>, response: Partial<ProxyResponse>): string[] {
  return fieldsOf(new AnswerFields(exchangeOf(exchange), answer(response), date));
}

test('an answer has its status, a date and the length of its body, as HTTP/1 would say them', () => {
  const cases: readonly (readonly [Partial<Exchange>, Partial<ProxyResponse>, readonly string[]])[] = [
    [{}, { body: new HandSource(7) }, [':status: 200', 'date: now', 'content-length: 7']],
    [{}, { body: new HandSource() }, [':status: 200', 'date: now']],
    [{}, {}, [':status: 200', 'date: now', 'content-length: 0']],
    [{}, { status: 204 }, [':status: 204', 'date: now']],
    [{ method: 'HEAD' }, {}, [':status: 200', 'date: now']],
    [{ method: 'HEAD' }, { announcedLength: '9' }, [':status: 200', 'date: now', 'content-length: 9']],
    [{}, { status: 304, announcedLength: '9' }, [':status: 304', 'date: now', 'content-length: 9']],
    [{}, { status: 418, headers: headersOf(['Date', 'then']) }, [':status: 418', 'content-length: 0', 'date: then']],
  ];
  for (const [exchange, response, fields] of cases) assert.deepEqual(answered(exchange, response), fields);
});

test('names are in lower case, and what belongs to a connection of HTTP/1 is left out', () => {
  const headers = headersOf(['X-Own', 'Yes'], ['Connection', 'x'], ['Keep-Alive', '5'], ['Upgrade', 'y']);
  assert.deepEqual(answered({}, { headers }).slice(3), ['x-own: Yes']);
});

test('a 101 becomes the 200 of an opened tunnel, without the proof that nobody has asked for', () => {
  const headers = headersOf(['Sec-WebSocket-Accept', 'x'], ['Sec-WebSocket-Protocol', 'chat']);
  const fields = answered({}, { status: 101, headers, body: new HandSource() });
  assert.deepEqual(fields, [':status: 200', 'date: now', 'sec-websocket-protocol: chat']);
});

test('a 1xx has its fields and nothing of ours', () => {
  assert.deepEqual(fieldsOf(new InterimFields(103, headersOf(['Link', '</a>']))), [':status: 103', 'link: </a>']);
  assert.deepEqual(fieldsOf(new InterimFields(100)), [':status: 100']);
});
