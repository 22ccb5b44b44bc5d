import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldId } from '../core/field-names.ts';
import { Headers } from '../core/headers.ts';
import { crosses, removeNominated, removeTwins } from './hop-by-hop.ts';

function headersOf(...names: readonly string[]): Headers {
  const headers = new Headers();
  for (const name of names) headers.add(name, 'x');
  return headers;
}

test('crosses() keeps back the fields of one connection, those that are written anew and those that speak of other ports', () => {
  const kept = ['Connection', 'Keep-Alive', 'Proxy-Connection', 'TE', 'Transfer-Encoding', 'Upgrade', 'HTTP2-Settings'];
  kept.push(
    'Proxy-Authenticate',
    'Proxy-Authorization',
    'Proxy-Authentication-Info',
    'Host',
    'Content-Length',
    'Expect',
    'Alt-Svc',
  );
  for (const name of kept) assert.ok(!crosses(fieldId(name)), name);
  for (const name of ['Trailer', 'Via', 'Authorization', 'X-Forwarded-For', 'Cookie', 'Anything'])
    assert.ok(crosses(fieldId(name)), name);
});

test('removeNominated() removes what Connection names, whatever its case', () => {
  const headers = headersOf('X-One', 'Accept', 'x-two', 'X-ONE');
  removeNominated(headers, 'close, x-one ,X-Two,, no token');
  assert.deepEqual(headers.names, ['Accept']);
});

test('removeNominated() never removes what says who the client is or where it came from', () => {
  const names = [
    'X-Forwarded-For',
    'X-Forwarded-Proto',
    'Forwarded',
    'X-Real-IP',
    'Via',
    'X-Request-ID',
    'Authorization',
    'Cookie',
  ];
  const headers = headersOf(...names);
  removeNominated(headers, names.join(','));
  assert.deepEqual(headers.names, names);
});

test('removeTwins() removes names that differ from known ones by an underscore', () => {
  const headers = headersOf('X_Forwarded_For', 'x-forwarded_proto', 'X-Forwarded-For', 'My_Field', 'Content_Length');
  removeTwins(headers);
  assert.deepEqual(headers.names, ['X-Forwarded-For', 'My_Field']);
});
