import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokenOff, tlsFailure } from './tls-failure.ts';

function errorOf(code: string, message = 'x', more: object = {}): Error {
  return Object.assign(new Error(message), { code, ...more });
}

test('tlsFailure() says what is wrong and what to do', () => {
  const cases: readonly (readonly [Error, RegExp])[] = [
    [errorOf('CERT_HAS_EXPIRED'), /its certificate has expired: renew it$/],
    [errorOf('SELF_SIGNED_CERT_IN_CHAIN'), /unknown authority: add the certificate of that authority as tls\.ca/],
    [errorOf('ERR_SSL_X', 'C0:error:0A00042E:SSL:x.c:1:SSL alert number 70\n'), /no common version or cipher/],
    [errorOf('ERR_SSL_X', 'C0:error:0A00042E:SSL:x.c:1:SSL alert number 200\n'), /it sent the alert 200$/],
    [errorOf('ECONNRESET'), /it closed the connection during the handshake$/],
    [errorOf('toString', 'something else'), /server: something else$/],
    [
      errorOf('ERR_SSL_Y', 'C0:error:0A:SSL routines:f:bad length:x.c:1:\n', { reason: 'bad length' }),
      /server: bad length$/,
    ],
  ];
  for (const [error, words] of cases) {
    const failure = tlsFailure(error, 'a.test');
    assert.equal(failure.code, 'server-tls-failed');
    assert.match(failure.message, words);
    assert.doesNotMatch(failure.message, /\.$/);
  }
});

test('tlsFailure() names the protocols that were offered, where the server speaks none of them', () => {
  const error = errorOf('ERR_SSL_X', 'C0:error:0A00042E:SSL:x.c:1:SSL alert number 120\n');
  assert.match(tlsFailure(error, 'a.test').message, /it speaks none of http\/1\.1$/);
  assert.match(tlsFailure(error, 'a.test', ['h2', 'http/1.1']).message, /it speaks none of h2, http\/1\.1$/);
});

test('names in a certificate are shown, but only so much of them, and on one line', () => {
  const cert = { subjectaltname: `DNS:a.test\n\u001B[31m, ${'DNS:b.test, '.repeat(1000)}` };
  const { message } = tlsFailure(errorOf('ERR_TLS_CERT_ALTNAME_INVALID', 'x', { cert }), 'c.test');
  assert.match(message, /^Cannot speak TLS to the server: its certificate is for a\.test\?\?\[31m, b\.test, /);
  assert.match(message, /\.\.\., not for c\.test: set tls\.serverName/);
  assert.ok(message.length < 400);
  const nameless = tlsFailure(errorOf('ERR_TLS_CERT_ALTNAME_INVALID'), '127.0.0.1');
  assert.match(nameless.message, /is for no name, not for the IP address 127\.0\.0\.1/);
});

test('brokenOff() tells of a refusal by TLS, and never lets the request be sent elsewhere', () => {
  const refused = brokenOff(errorOf('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'x:SSL alert number 116\n'));
  assert.match(refused.message, /it asks for a certificate of the client: set tls\.certificate/);
  for (const error of [refused, brokenOff(null), brokenOff(errorOf('ECONNRESET'))]) {
    assert.equal(error.code, 'server-reset');
    assert.notEqual(error.retry, 'always');
  }
});
