import assert from 'node:assert/strict';
import { test } from 'node:test';

import { blockSchemes } from './block-schemes.ts';
import { translatedAll } from './fixtures.test.ts';

const ntlm = { blockNtlm: true, blockNegotiate: false };
const both = { blockNtlm: true, blockNegotiate: true };

test('one of the schemes goes, the others stay byte for byte', () => {
  assert.equal(blockSchemes('NTLM', ntlm), undefined);
  assert.equal(blockSchemes('Negotiate', ntlm), 'Negotiate');
  assert.equal(blockSchemes('negotiate, ntlm', both), undefined);
  assert.equal(blockSchemes('Negotiate, NTLM, Basic realm="a, NTLM b"', both), 'Basic realm="a, NTLM b"');
  assert.equal(blockSchemes('Basic realm="x", charset="UTF-8" , NTLM', ntlm), 'Basic realm="x", charset="UTF-8"');
  assert.equal(
    blockSchemes('Basic  realm="x",NTLM TlRM==,Digest a = b, c=d', ntlm),
    'Basic  realm="x",Digest a = b, c=d',
  );
  assert.equal(blockSchemes('NTLM a=b, c="d", Basic', ntlm), 'Basic');
  assert.equal(blockSchemes('NTLMv3 x', ntlm), 'NTLMv3 x');
  assert.equal(blockSchemes('', both), '');
});

test('fields of a blocked scheme go away, those of the others stay', () => {
  const fields: [string, string][] = [
    ['WWW-Authenticate', 'Negotiate'],
    ['Server', 'x'],
    ['WWW-Authenticate', 'NTLM'],
    ['WWW-Authenticate', 'Basic realm="mail"'],
    ['Proxy-Support', 'Session-Based-Authentication'],
    ['Persistent-Auth', 'true'],
  ];
  assert.deepEqual(translatedAll(fields, { translate: both }), [fields[1], fields[3]]);
  assert.deepEqual(
    translatedAll(fields, { translate: ntlm }),
    [0, 1, 3, 4, 5].map((i) => fields[i]),
  );
  assert.deepEqual(translatedAll(fields), fields);
});
