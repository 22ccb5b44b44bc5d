import { plainRoute } from '../plan.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RoutePlan } from '../plan.ts';
import { combinedFormat } from './format-combined.ts';
import { jsonFormat } from './format-json.ts';
import { prtgFormat } from './format-prtg.ts';
import { defaultMask, Masker } from './mask.ts';
import { exchangeOf, type ExchangeParts } from './fixtures.test.ts';

const mask = new Masker(defaultMask);
const date = Date.UTC(2026, 10, 21, 9, 30, 21, 7);
const route: RoutePlan = {
  name: 'prtg/',
  hosts: [],
  path: { kind: 'prefix', path: '/' },
  listeners: undefined,
  pool: 'prtg',
  replacePrefix: undefined,
  ...plainRoute,
  hostHeader: { kind: 'preserve' },
  upgrade: [],
};

function json(parts: ExchangeParts): Record<string, unknown> {
  const line = Buffer.from(jsonFormat()(exchangeOf(parts), date, mask), 'latin1').toString('utf8');
  const value: unknown = JSON.parse(line);
  assert.ok(typeof value === 'object' && value !== null);
  return { ...value };
}

test('json has every field of a whole exchange', () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const fields = { 'User-Agent': 'curl/8', Referer: 'http://a/?token=1', traceparent };
  assert.deepEqual(json({ path: '/a', query: '?b=1&password=2', fields, route, retries: 1, bytesIn: 5 }), {
    time: '2026-11-21T09:30:21.007Z',
    id: '0190a5f3c1d2e3f4',
    client: '10.0.2.204',
    listener: 'http',
    protocol: 'HTTP/1.1',
    scheme: 'http',
    method: 'GET',
    host: 'prtg.example.com',
    path: '/a',
    query: 'b=1&password=***',
    status: 200,
    route: 'prtg/',
    pool: 'prtg',
    server: 'http://10.0.0.5:8080',
    retries: 1,
    bytesIn: 5,
    bytesOut: 1234,
    durationMs: 12.5,
    headMs: 0.2,
    connectMs: 1.3,
    firstByteMs: 8.5,
    bodyMs: 2.5,
    userAgent: 'curl/8',
    referer: 'http://a/?token=***',
    traceId: '0af7651916cd43dd8448eb211c80319c',
  });
});

test('json leaves out what is not known, and steps that took no time', () => {
  const timings = { started: 5, headRead: 5.04, queuedMs: 0, connected: 0, firstByte: 0, ended: 105.06 };
  const line = json({ timings, pool: '', server: '', status: 0, reason: 'client-abort' });
  assert.deepEqual(Object.keys(line).slice(9), ['status', 'reason', 'retries', 'bytesIn', 'bytesOut', 'durationMs']);
  assert.equal(line['status'], 499);
  assert.equal(line['reason'], 'client-abort');
  assert.equal(line['durationMs'], 100.1);
});

test('json says how a gRPC call ended, 0 too', () => {
  assert.equal(json({ grpcStatus: 0 })['grpcStatus'], 0);
  assert.equal(json({ grpcStatus: 14 })['grpcStatus'], 14);
  assert.equal('grpcStatus' in json({}), false);
});

test('json never shows a negative time, whatever the clock did', () => {
  const line = json({ timings: { started: 10, headRead: 9, queuedMs: 0, connected: 12, firstByte: 11, ended: 10 } });
  assert.deepEqual(
    [line['durationMs'], line['headMs'], line['connectMs'], line['firstByteMs'], line['bodyMs']],
    [0, undefined, 3, undefined, undefined],
  );
});

test('json shows UTF-8 as it is, other bytes as ISO 8859-1, and text from the config', () => {
  const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
  const line = json({
    path: bytes('/grün/日本'),
    fields: { 'user-agent': 'caf\xe9 "x" \\' },
    route: { ...route, name: 'grün 日本' },
    listener: 'ö',
  });
  assert.equal(line['path'], '/grün/日本');
  assert.equal(line['userAgent'], 'café "x" \\');
  assert.equal(line['route'], 'grün 日本');
  assert.equal(line['listener'], 'ö');
});

test('json keeps destinations apart that share a server', () => {
  const format = jsonFormat();
  const read = (parts: ExchangeParts): unknown => JSON.parse(format(exchangeOf(parts), date, mask));
  for (const pool of ['a', 'b', 'a']) {
    assert.deepEqual(
      Object.entries(read({ pool, route }) ?? {}).filter(([key]) => key === 'pool' || key === 'route'),
      [
        ['route', 'prtg/'],
        ['pool', pool],
      ],
    );
  }
});

test('combined is what nginx writes', () => {
  const at = localTime();
  const fields = { 'User-Agent': 'a "b" \\ \x1b[31m', Referer: 'http://a/?token=1' };
  const line = combinedFormat()(
    exchangeOf({ path: '/a', query: '?b=1&key=2', raw: '/./a?b=1&key=2', fields }),
    date,
    mask,
  );
  assert.equal(
    line,
    `10.0.2.204 - - [${at.combined}] "GET /./a?b=1&key=*** HTTP/1.1" 200 1234 "http://a/?token=***" "a \\x22b\\x22 \\x5C \\x1B[31m"\n`,
  );
  assert.match(combinedFormat()(exchangeOf({ status: 0 }), date, mask), /"GET \/ HTTP\/1\.1" 499 1234 "-" "-"\n$/);
});

test('prtg has the columns of the PRTG web server log', () => {
  const { prtg } = localTime();
  const format = prtgFormat();
  const line = (parts: ExchangeParts): string =>
    format(exchangeOf({ fields: { 'user-agent': 'Mozilla 4.0' }, ...parts }), date, mask);
  assert.equal(line({}), `${prtg} 10.0.2.204 "anonymous" prtg.example.com 443 GET / - 200 "Mozilla 4.0"\n`);
  assert.equal(
    line({ path: '/api/table.csv', query: '?id=0&login=aureliol&passhash=12' }),
    `${prtg} 10.0.2.204 "anonymous-aureliol" prtg.example.com 443 GET /api/table.csv id=0&login=aureliol&passhash=*** 200 "Mozilla 4.0"\n`,
  );
  assert.match(line({ query: '?loginurl=/group.htm?id=0&username=a%20%22b' }), /"anonymous-a \\x22b" /);
  assert.match(line({ query: '?loginurl=/x&login=' }), /"anonymous" /);
});

test('prtg shows login_failed only where the proxy says so', () => {
  const parts = {
    path: '/login_failed',
    query: '?login=dirk-login%5Ffailed&b=LOGIN_FAILED',
    fields: { 'user-agent': 'login_failed' },
  };
  assert.doesNotMatch(prtgFormat()(exchangeOf(parts), date, mask), /login_failed/i);
});

test('prtg keeps a login masked that is on the list of secrets', () => {
  assert.match(
    prtgFormat()(exchangeOf({ query: '?login=lee' }), date, new Masker(['login'])),
    /"anonymous-\*\*\*" .* login=\*\*\* /,
  );
});

const anyBytes = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 30,
});

test('whatever bytes a client sends, a line is one line without control characters, and JSON stays JSON', () => {
  const formats = { json: jsonFormat(), combined: combinedFormat(), prtg: prtgFormat() };
  const columns = /^\S+ \S+ \S+ "[^"]*" \S+ \d+ \S+ \S+ \S+ \d+ "[^"]*"\n$/;
  fc.assert(
    fc.property(anyBytes, anyBytes, anyBytes, (one, two, three) => {
      const parts = { id: one, method: two || 'GET', host: three, path: `/${one}`, query: `?${two}`, raw: three };
      const exchange = exchangeOf({
        ...parts,
        clientAddress: one || '-',
        fields: { 'user-agent': two, referer: three },
      });
      for (const format of Object.values(formats)) {
        const line = format(exchange, date, mask);
        // oxlint-disable-next-line no-control-regex -- they are what must not be there
        assert.match(line, /^[^\x00-\x1f\x7f]+\n$/);
        assert.doesNotMatch(Buffer.from(line, 'latin1').toString('utf8'), /[\u0080-\u009f\u2028\u2029\u202e]/);
      }
      assert.equal(typeof JSON.parse(formats.json(exchange, date, mask)), 'object');
      assert.match(formats.prtg(exchange, date, mask), columns);
    }),
    { numRuns: 500 },
  );
});

test('the time of a line follows its date over seconds, forwards and back', () => {
  const format = jsonFormat();
  const times = [date, date + 993, date + 1, date - 8].map((at) => format(exchangeOf(), at, mask).slice(9, 33));
  assert.deepEqual(times, [
    '2026-11-21T09:30:21.007Z',
    '2026-11-21T09:30:22.000Z',
    '2026-11-21T09:30:21.008Z',
    '2026-11-21T09:30:20.999Z',
  ]);
});

/** The test's date as the machine's time zone has it. */
function localTime(): { readonly combined: string; readonly prtg: string } {
  const local = new Date(date);
  const time = local.toTimeString(); // 09:30:21 GMT+0100 (...)
  const day = local.getDate(); // The 20th to the 22nd.
  return {
    combined: `${day}/Nov/2026:${time.slice(0, 8)} ${time.slice(12, 17)}`,
    prtg: `2026-11-${day} ${time.slice(0, 8)}`,
  };
}

test('json says which TLS it was, and the name in the handshake where it is another one', () => {
  const { client } = exchangeOf();
  const over = (serverName: string): Record<string, unknown> => {
    const tls = { version: 'TLSv1.3', cipher: 'x', serverName, resumed: false, clientCertificate: undefined } as const;
    return json({ scheme: 'https', client: { ...client, tls } });
  };
  assert.deepEqual(
    [over('prtg.example.com'), over(''), over('other".example.com'), json({})].map((line) => [
      line['scheme'],
      line['tls'],
      line['serverName'],
    ]),
    [
      ['https', 'TLSv1.3', undefined],
      ['https', 'TLSv1.3', undefined],
      ['https', 'TLSv1.3', 'other".example.com'],
      ['http', undefined, undefined],
    ],
  );
});

test('json and combined name the user where one is known, escaped for the place', () => {
  const known = exchangeOf({ user: 'jürgen "x"' });
  const line = Buffer.from(jsonFormat()(known, date, mask), 'latin1').toString('utf8');
  assert.equal((JSON.parse(line) as { user?: string }).user, 'jürgen "x"');
  assert.ok(!jsonFormat()(exchangeOf(), date, mask).includes('"user"'));
  assert.match(combinedFormat()(known, date, mask), /^10\.0\.2\.204 - j%C3%BCrgen%20%22x%22 \[/);
});
