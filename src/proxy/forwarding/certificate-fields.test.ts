import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Headers } from '../../core/headers.ts';
import type { ClientCertificate, Exchange } from '../exchange.ts';
import { plainRoute, type RoutePlan, type TransportPlan } from '../plan.ts';
import { addCertificate } from './certificate-fields.ts';
import { isSilent, SaidBefore } from './said-before.ts';

const certificate: ClientCertificate = {
  valid: true,
  problem: undefined,
  subject: 'CN=client',
  issuer: 'CN=ca',
  serial: '0A',
  fingerprint: 'ff00',
  der: 'AAEC',
};

function fieldsFor(
  clientCertificate: ClientCertificate | undefined,
  wanted: TransportPlan['clientCertificate'] = 'optional',
): string[] {
  const out = new Headers();
  const exchange = { client: { tls: { clientCertificate } } } as unknown as Exchange;
  const transport = { ...plainRoute.transport, clientCertificate: wanted };
  addCertificate(out, exchange, { ...plainRoute, transport } as RoutePlan);
  return out.names.map((name, i) => `${name}: ${out.values[i]!}`);
}

test('a valid certificate is told as RFC 9440 says, and in parts', () => {
  for (const wanted of ['optional', 'require'] as const) {
    assert.deepEqual(fieldsFor(certificate, wanted), [
      'Client-Cert: :AAEC:',
      'X-Client-Cert-Subject: CN=client',
      'X-Client-Cert-Issuer: CN=ca',
      'X-Client-Cert-Serial: 0A',
      'X-Client-Cert-Fingerprint: ff00',
    ]);
  }
});

test('nothing is told of an invalid one, of none, or where the route does not ask', () => {
  assert.deepEqual(fieldsFor({ ...certificate, valid: false }), []);
  assert.deepEqual(fieldsFor(undefined), []);
  assert.deepEqual(fieldsFor(certificate, 'ignore'), []);
});

test('a name that could end the field goes out in ASCII', () => {
  const [, subject] = fieldsFor({ ...certificate, subject: 'CN=Jör\r\nX: y\x7f' });
  assert.equal(subject, 'X-Client-Cert-Subject: CN=J\\C3\\B6r\\0D\\0AX: y\\7F');
});

test('what anyone says in these fields, or in one that could be taken for them, is taken out', () => {
  const forged = [
    ...['Client-Cert', 'CLIENT-CERT-CHAIN', 'client_cert', 'Client.Cert_Chain', 'X-Client-Cert-Subject'],
    ...[
      'X_Client_Cert_Issuer',
      'x-client-cert-serial',
      'X-Client-Cert-Fingerprint',
      'X-Client-Cert',
      'X-Client-Cert-New',
    ],
  ];
  const honest = ['Client-Certs', 'Content-Type', 'Cookie', 'X-Client', 'Client-Hint', 'clientXcert', 'X-Client-Id'];
  for (const trusted of [false, true]) {
    const [headers, out] = [new Headers(), new Headers()];
    for (const name of [...forged, ...honest]) headers.add(name, 'x');
    SaidBefore.split(headers, trusted, out);
    assert.deepEqual(out.names, honest);
  }
  for (const name of forged) {
    const headers = new Headers();
    headers.add(name, 'x');
    assert.ok(!isSilent(headers), name);
  }
});
