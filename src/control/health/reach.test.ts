import assert from 'node:assert/strict';
import { test } from 'node:test';

import { brokenWords } from './reach.ts';

void test('brokenWords() says in words what OpenSSL says in lines of numbers', () => {
  const said = '40C3:error:0A00045C:SSL routines:ssl3_read_bytes:alert:rec_layer_s3.c:918:SSL alert number 116\n';
  const error = Object.assign(new Error(said), { code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' });
  assert.equal(brokenWords(error), 'it asks for a certificate of the client: set tls.certificate');
  const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  assert.equal(brokenWords(reset), 'read ECONNRESET');
});
