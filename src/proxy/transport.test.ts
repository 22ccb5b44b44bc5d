import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProxyError } from '../core/errors.ts';
import { Headers } from '../core/headers.ts';
import type { ClientCertificate, ClientConnection, Exchange, TlsFacts } from './exchange.ts';
import type { Answer } from './middleware/feature.ts';
import { plainRoute, type RoutePlan, type TransportPlan } from './plan.ts';
import { addTransportSecurity, judgeTransport } from './transport.ts';

interface Asked {
  readonly tls?: Partial<TlsFacts>;
  readonly trusted?: boolean;
  readonly host?: string;
  readonly path?: string;
  readonly query?: string;
  readonly fields?: Readonly<Record<string, string>>;
}

const certificate: ClientCertificate = {
  valid: true,
  problem: undefined,
  subject: 'CN=client',
  issuer: 'CN=ca',
  serial: '01',
  fingerprint: 'aa',
  der: 'AA==',
};

/** All that is read of an exchange. */
function exchangeOf({ tls, trusted = false, host = 'a.test', path = '/x', query = '', fields = {} }: Asked): Exchange {
  const facts: TlsFacts | undefined = tls && {
    version: 'TLSv1.3',
    cipher: 'TLS_AES_128_GCM_SHA256',
    serverName: 'a.test',
    resumed: false,
    clientCertificate: undefined,
    ...tls,
  };
  const headers = new Headers();
  for (const [name, value] of Object.entries(fields)) headers.add(name, value);
  const client: Partial<ClientConnection> = { trusted, tls: facts };
  const target = { path, query, raw: path + query };
  const scheme = tls === undefined ? 'http' : 'https';
  return { client, scheme, host, target, headers } as Exchange;
}

const routeOf = (transport: Partial<TransportPlan>): RoutePlan =>
  ({ ...plainRoute, transport: { ...plainRoute.transport, ...transport } }) as RoutePlan;

/** `ok`, the code of a refusal, or the target of a redirect. */
function judged(asked: Asked, transport: Partial<TransportPlan>): string {
  const verdict = judgeTransport(exchangeOf(asked), routeOf(transport));
  if (verdict === undefined) return 'ok';
  if (verdict instanceof ProxyError) return verdict.code;
  assert.equal(verdict.status, 308);
  return verdict.headers.get('Location') ?? '';
}

test('a route that asks for nothing takes everything', () => {
  assert.equal(judged({}, {}), 'ok');
  assert.equal(judged({ tls: {} }, {}), 'ok');
  assert.equal(judged({ tls: { serverName: 'other.test' } }, {}), 'ok');
});

test('https: only refuses plain HTTP, redirect sends it to the same path over https', () => {
  assert.equal(judged({}, { https: 'only' }), 'https-required');
  assert.equal(judged({ tls: {} }, { https: 'only' }), 'ok');
  assert.equal(judged({ tls: {} }, { https: 'redirect' }), 'ok');
  const redirects: readonly (readonly [Asked, number, string])[] = [
    [{}, 443, 'https://a.test/x'],
    [{ path: '/a%2Fb', query: '?c=d&e' }, 443, 'https://a.test/a%2Fb?c=d&e'],
    [{}, 8443, 'https://a.test:8443/x'],
    [{ host: '::1' }, 8443, 'https://[::1]:8443/x'],
    [{ path: '//evil.test' }, 443, 'https://a.test//evil.test'],
    [{ path: '*' }, 443, 'https://a.test/'],
  ];
  for (const [asked, httpsPort, wanted] of redirects) {
    assert.equal(judged(asked, { https: 'redirect', httpsPort }), wanted);
  }
});

test('a request without a host cannot be redirected, so it is refused', () => {
  assert.equal(judged({ host: '' }, { https: 'redirect' }), 'https-required');
});

test('challenges of certificate authorities come by plain HTTP', () => {
  for (const https of ['only', 'redirect'] as const) {
    assert.equal(judged({ path: '/.well-known/acme-challenge/token' }, { https }), 'ok');
    assert.notEqual(judged({ path: '/.well-known/acme-challenge' }, { https }), 'ok');
    assert.notEqual(judged({ path: '/x/.well-known/acme-challenge/token' }, { https }), 'ok');
  }
});

test('what came to a trusted proxy by https has come by https, and nobody else is believed', () => {
  const fields = { 'X-Forwarded-Proto': 'https' };
  for (const https of ['only', 'redirect'] as const) {
    assert.equal(judged({ trusted: true, fields }, { https }), 'ok');
    assert.notEqual(judged({ trusted: false, fields }, { https }), 'ok');
    assert.notEqual(judged({ trusted: true, fields: { 'X-Forwarded-Proto': 'http' } }, { https }), 'ok');
  }
  // A certificate cannot be shown through another proxy.
  const required = judged({ trusted: true, fields }, { https: 'only', clientCertificate: 'require' });
  assert.equal(required, 'client-certificate-required');
});

test('require needs a valid certificate, optional takes anyone', () => {
  const needs = { clientCertificate: 'require' } as const;
  const takes = { clientCertificate: 'optional' } as const;
  const invalid = { ...certificate, valid: false, problem: 'CERT_HAS_EXPIRED' };
  assert.equal(judged({ tls: { clientCertificate: certificate } }, needs), 'ok');
  assert.equal(judged({ tls: { clientCertificate: invalid } }, needs), 'client-certificate-required');
  assert.equal(judged({ tls: {} }, needs), 'client-certificate-required');
  assert.equal(judged({}, needs), 'client-certificate-required');
  for (const clientCertificate of [certificate, invalid, undefined]) {
    assert.equal(judged({ tls: { clientCertificate } }, takes), 'ok');
  }
  assert.equal(judged({}, takes), 'ok');
});

test('the log learns why a certificate is not valid', () => {
  const invalid = { ...certificate, valid: false, problem: 'CERT_REVOKED' };
  const route = routeOf({ clientCertificate: 'require' });
  const verdict = judgeTransport(exchangeOf({ tls: { clientCertificate: invalid } }), route);
  assert.ok(verdict instanceof ProxyError);
  assert.match(verdict.message, /CERT_REVOKED$/);
});

test('where certificates count, the host must be that of the handshake, if it named one', () => {
  for (const clientCertificate of ['optional', 'require'] as const) {
    const tls = { clientCertificate: certificate };
    assert.equal(judged({ tls: { ...tls, serverName: 'other.test' } }, { clientCertificate }), 'misdirected-request');
    assert.equal(judged({ tls, host: '' }, { clientCertificate }), 'misdirected-request');
    assert.equal(judged({ tls: { ...tls, serverName: '' } }, { clientCertificate }), 'ok');
  }
});

test('Strict-Transport-Security goes on answers over https only, in place of the server’s', () => {
  const answerWith = (): Answer => {
    const headers = new Headers();
    headers.add('strict-transport-security', 'max-age=1');
    return { headers } as Answer;
  };
  const route = routeOf({ hsts: 'max-age=31536000' });
  const [secure, plain, forwarded] = [answerWith(), answerWith(), answerWith()];
  addTransportSecurity(secure, exchangeOf({ tls: {} }), route);
  addTransportSecurity(plain, exchangeOf({}), route);
  addTransportSecurity(forwarded, exchangeOf({ trusted: true, fields: { 'X-Forwarded-Proto': 'https' } }), route);
  assert.deepEqual(secure.headers.getAll('Strict-Transport-Security'), ['max-age=31536000']);
  assert.deepEqual(plain.headers.getAll('Strict-Transport-Security'), ['max-age=1']);
  assert.deepEqual(forwarded.headers.getAll('Strict-Transport-Security'), ['max-age=31536000']);
  const untouched = answerWith();
  addTransportSecurity(untouched, exchangeOf({ tls: {} }), routeOf({}));
  assert.deepEqual(untouched.headers.getAll('Strict-Transport-Security'), ['max-age=1']);
});
