import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ProxyError } from '../../../core/errors.ts';
import { answerFor } from '../../error-answer.ts';
import { exchangeOf, HandSource, headersOf, KeepSink, TestEnv } from '../../fixtures.test.ts';
import type { Answer } from '../feature.ts';
import { answerOf, workOf } from '../work-fixtures.test.ts';
import { errorPages, type ErrorPagesConfig } from './error-pages.ts';

const config: ErrorPagesConfig = {
  pages: [
    { of: '404', status: undefined, html: '<h1>{status} {reason}</h1>{id} {code} {host} {other}{', json: undefined },
    { of: '5xx', status: 503, html: '<p>later', json: '{"e":"{code}","h":"{host}","n":{"s":"{status}"}}\n' },
    { of: '502', status: undefined, html: undefined, json: '{"bad":"gateway"}' },
    { of: '410', status: 404, html: undefined, json: undefined },
  ],
  servers: false,
};

const browser = 'text/html,application/xhtml+xml,*/*;q=0.8';

function change(
  answer: Answer,
  parts: { accept?: string; host?: string; method?: string; servers?: boolean } = {},
): Answer {
  const { accept, host = 'a.test', method = 'GET', servers = false } = parts;
  const headers = headersOf(...(accept === undefined ? [] : [['Accept', accept] as const]));
  const exchange = exchangeOf({ headers, host, method });
  void errorPages.create({ ...config, servers }, new TestEnv()).response!(answer, workOf({ exchange }));
  return answer;
}

function failure(code: ProxyError['code'], method = 'GET'): Answer {
  return { ...answerFor(new ProxyError(code, 'Cannot'), 'id-1', method), own: true, code };
}

function textOf({ body }: Answer): string {
  const sink = new KeepSink();
  body?.start(sink);
  return sink.bytes.toString();
}

test('error-pages gives browsers the page of the status, with what it asks for filled in', () => {
  const answer = change(failure('no-route'), { accept: browser });
  assert.equal(answer.status, 404);
  assert.equal(answer.headers.get('Content-Type'), 'text/html; charset=utf-8');
  assert.equal(answer.headers.get('Cache-Control'), 'no-store');
  assert.equal(textOf(answer), '<h1>404 Not Found</h1>id-1 no-route a.test {other}{');
});

test('error-pages leaves the plain answer to clients that do not ask for HTML', () => {
  for (const accept of [undefined, '*/*', 'application/json']) {
    const answer = change(failure('no-route'), accept === undefined ? {} : { accept });
    assert.equal(textOf(answer), '{"error":"no-route","id":"id-1"}\n');
    assert.equal(answer.headers.get('Content-Type'), 'application/json');
  }
});

test('a status comes before its class, and a page may change the status', () => {
  assert.equal(textOf(change(failure('server-closed'))), '{"bad":"gateway"}');
  const timeout = change(failure('server-timeout'));
  assert.equal(timeout.status, 503);
  assert.equal(textOf(timeout), '{"e":"server-timeout","h":"a.test","n":{"s":"503"}}\n');
  assert.equal(textOf(change(failure('server-timeout'), { accept: browser })), '<p>later');
});

test('Retry-After and the challenge of a 401 stay', () => {
  const answer = change(failure('no-server'), { accept: browser });
  assert.equal(answer.headers.get('Retry-After'), '1');
  const refused = answerOf(404, { code: 'unauthorized', headers: headersOf(['WWW-Authenticate', 'Basic']) });
  assert.equal(change(refused, { accept: browser }).headers.get('WWW-Authenticate'), 'Basic');
});

test('what is filled in cannot become markup, in HTML or in JSON', () => {
  const host = `<script>"'&\``;
  assert.match(textOf(change(failure('no-route'), { accept: browser, host })), /&lt;script&gt;&quot;&#39;&amp;&#96;/);
  assert.equal(JSON.parse(textOf(change(failure('server-timeout'), { host }))).h, host);
});

test('HEAD gets the head of the page', () => {
  const answer = change(failure('no-route', 'HEAD'), { accept: browser, method: 'HEAD' });
  assert.equal(answer.body, undefined);
  const page = textOf(change(failure('no-route'), { accept: browser }));
  assert.equal(answer.announcedLength, String(page.length));
});

test('answers of servers stay, unless the config says otherwise: then nothing of theirs is left', () => {
  const body = new HandSource(5);
  const headers = (): Answer['headers'] =>
    headersOf(
      ['Server', 'inner'],
      ['Content-Encoding', 'gzip'],
      ['Etag', '"1"'],
      ['Set-Cookie', 'a=b'],
      ['X-Host', 'db1'],
    );
  const kept = change(answerOf(404, { body, headers: headers() }), { accept: browser });
  assert.equal(kept.body, body);
  const replaced = change(answerOf(404, { body, reason: 'Inner', headers: headers() }), {
    accept: browser,
    servers: true,
  });
  assert.deepEqual(body.events, ['cancel server-closed']);
  assert.equal(replaced.reason, '');
  assert.deepEqual(replaced.headers.names, ['Set-Cookie', 'Content-Type', 'Cache-Control', 'X-Content-Type-Options']);
  const json = change(answerOf(404, { body: new HandSource(5) }), { servers: true });
  assert.equal(textOf(json), '{"error":"status-404","id":"id-1"}\n');
});

test('what a feature answers in words of its own stays, a bare status does not', () => {
  const body = new HandSource(3);
  assert.equal(change(answerOf(404, { own: true, body }), { accept: browser }).body, body);
  assert.equal(change(answerOf(404, { own: true, announcedLength: '3' }), { accept: browser }).announcedLength, '3');
  assert.match(textOf(change(answerOf(404, { own: true }), { accept: browser })), /<h1>404/);
  assert.equal(textOf(change(answerOf(404, { own: true }))), '{"error":"status-404","id":"id-1"}\n');
});

test('a page that only changes the status leaves the rest, and what is no error is not looked at', () => {
  const gone = change(failure('no-route'));
  gone.status = 410;
  assert.equal(change(gone).status, 404);
  assert.equal(change(answerOf(304, { own: true })).status, 304);
  assert.equal(change(answerOf(403, { own: true })).body, undefined);
});
