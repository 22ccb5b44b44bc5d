import assert from 'node:assert/strict';

import { combinedFormat } from '../../src/proxy/access-log/format-combined.ts';
import { jsonFormat } from '../../src/proxy/access-log/format-json.ts';
import { prtgFormat } from '../../src/proxy/access-log/format-prtg.ts';
import { exchangeOf } from '../../src/proxy/access-log/fixtures.test.ts';
import { defaultMask, Masker } from '../../src/proxy/access-log/mask.ts';
import { plainTarget, type Target } from '../engine/target.ts';

const about = {
  name: 'access-lines',
  about: 'whatever a client sends, an exchange is one line, which reads back as what was sent and shows no secret',
  seeds: () => [
    'GET /a/b?c=d&password=x\na.test\ncurl/8 (x)\nhttp://u:p@a.test/?token=1',
    'POST /login?username=a&pw=b\n\xe4\n"\\\n',
    'X /%70ass=1;sid=2\n\nMozilla\n\xc3\xa4',
  ],
  words: [
    ...[
      '"',
      '\\',
      '\\"',
      '\r',
      '\n',
      '\r\n',
      '\0',
      '\x1b[31m',
      '\x7f',
      '\x85',
      '\xe2\x80\xa8',
      '\xe2\x80\xae',
      '\xc3\xa4',
      '\xff',
      '{',
      '}',
      ',',
      '","status":200,"x":"',
    ],
    ...[
      'login_failed',
      'LOGIN_failed',
      '&',
      '=',
      '?',
      ';',
      '%',
      '%22',
      '%0a',
      '%5f',
      '%3D',
      '%253d',
      '+',
      'username=',
      'login=',
      'password=',
      'token',
      'sid',
      '//u:p@',
      '@',
      ' ',
      '\t',
    ],
  ],
};

const formats = { json: jsonFormat(), combined: combinedFormat(), prtg: prtgFormat() };
const mask = new Masker(defaultMask);
const date = Date.UTC(2026, 0, 1);
/** What must never be seen. */
const secret = 'S3cr3tS3cr3t';

export const accessLines: Target = plainTarget(about, (input, random) => {
  const [target = '', host = '', userAgent = '', referer = ''] = input.toString('latin1').split('\n');
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const before = mark < 0 ? '' : target.slice(mark);
  const query = `${before === '' ? '?' : `${before}&`}${random.pick(['password', 'api_key', 'TOKEN', 'pass%77ord', 'p%2561ssword', 'user[pwd]'])}=${secret}`;
  const fields = { 'User-Agent': userAgent, Referer: referer };
  const parts = { path, query, raw: path + query, host, method: target.slice(0, 3), user: userAgent, fields };
  for (const format of Object.values(formats)) checkLine(format(exchangeOf(parts), date, mask));
  const bytes = Buffer.from(formats.json(exchangeOf(parts), date, mask), 'latin1');
  const line = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
  assert.equal(line['host'], textOf(host), 'the host reads otherwise');
  assert.equal(line['userAgent'], textOf(userAgent), 'the agent reads otherwise');
  assert.deepEqual([line['status'], line['bytesOut'], line['reason']], [200, 1234, undefined], 'a field was put in');
  const prtg = formats.prtg(exchangeOf(parts), date, mask);
  assert.ok(!/login_failed/i.test(prtg), 'a failure that the proxy did not see');
});

function checkLine(line: string): void {
  assert.ok(line.endsWith('\n') && line.indexOf('\n') === line.length - 1, 'not one line');
  assert.ok(!line.includes(secret), 'a secret is shown');
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  assert.ok(!/[\u0000-\u0009\u000b-\u001f\u007f]/.test(line), 'a control character');
}

/** Bytes as the log takes them: UTF-8, or else ISO 8859-1. */
function textOf(bytes: string): string {
  const buffer = Buffer.from(bytes, 'latin1');
  const text = buffer.toString('utf8');
  return Buffer.from(text, 'utf8').equals(buffer) ? text : bytes;
}
