import assert from 'node:assert/strict';
import { test } from 'node:test';

import { effectiveConfig } from './effective.ts';
import { hidePlainSecrets } from './hide-plain-secrets.ts';
import { readText } from './load-config.ts';

const text = `listeners:
  web:
    address: ":443"
    tls: { certificates: [{ cert: certs/a.pem, key: certs/a.key, passphrase: open-sesame }] }
admin: { listen: "127.0.0.1:2020", tokenFile: admin-token }
routes:
  - host: "\${NAME}"
    to: http://10.0.0.1
    when: { header: { X-Api-Key: { is: letmein }, X-Colour: { is: blue } }, cookie: { session: { is: s3 } } }
    middleware:
      - basic-auth: { users: { anna: "$2y$05$hash" } }
      - headers: { request: { set: { Authorization: Bearer abc, X-Signing-Key: k, X-Team: "a \${NAME}" } } }
  - to: http://joe:pw@10.0.0.2
`;

void test('what opens something is hidden, though it stands in the config as it is', async () => {
  const { source } = await readText(text, 'x.yaml', { environment: { NAME: 'shop.test' }, instance: '' });
  assert.ok(source);
  const shown = effectiveConfig(hidePlainSecrets(source));
  const lines = [
    /passphrase: "\*\*\*"/,
    /anna: "\*\*\*"/,
    /Authorization: "\*\*\*"/,
    /X-Signing-Key: "\*\*\*"/,
    /X-Api-Key:\s+is: "\*\*\*"/,
    /session:\s+is: "\*\*\*"/,
    /to: http:\/\/\*\*\*@10\.0\.0\.2/,
    /host: "\*\*\*"/,
    /X-Team: a \*\*\*/,
    // What opens nothing stays.
    /key: certs\/a\.key/,
    /tokenFile: admin-token/,
    /X-Colour:\s+is: blue/,
    /to: http:\/\/10\.0\.0\.1 /,
  ];
  for (const line of lines) assert.match(shown, line);
  assert.doesNotMatch(shown, /open-sesame|letmein|hash|abc|joe|shop\.test/);
});
