import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { folderFor, run, type Outcome } from './command.ts';

const config = `listeners:
  web: { address: "127.0.0.1:8080" }
routes:
  - host: shop.test
    path: /api/
    when: { method: POST }
    to: shop
  - host: shop.test
    to: shop
    middleware:
      - ip-filter: { deny: [10.9.0.0/16] }
      - basic-auth: { users: { anna: "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=" } }
      - rewrite: { addPrefix: /v2 }
      - headers: { request: { set: { X-Key: "k-\${KEY}", X-File: "\${file:token}" }, remove: [x-drop] } }
  - host: old.test
    middleware: [{ redirect: { to: "https://new.test/" } }]
pools:
  shop: { servers: ["http://127.0.0.1:3", "http://127.0.0.1:4"] }
`;

const credentials = `Authorization: Basic ${Buffer.from('anna:secret').toString('base64')}`;

async function explained(t: TestContext, ...args: readonly string[]): Promise<Outcome> {
  const cwd = folderFor(t);
  writeFileSync(join(cwd, 'postern.yaml'), config);
  writeFileSync(join(cwd, 'token'), 'file-secret\n');
  return await run(t, ['explain', ...args], { cwd, env: { KEY: 'environment-secret' } });
}

test('explain says which route takes a request and why, what each feature does, and what a server would get', async (t) => {
  const url = 'http://shop.test:8080/api/a/../b?x=1';
  const { code, stdout, stderr } = await explained(t, 'GET', url, '-H', credentials, 'X-Drop: 1', '--from', '10.1.2.3');
  assert.equal(stderr, '');
  assert.equal(code, 0);
  const expected = [
    /^comes in by listener web \(\.\/postern\.yaml:2\)$/m,
    /shop\.test\/ +takes it +\.\/postern\.yaml:8$/m,
    /shop\.test\/api\/ +does not hold: method is POST +\.\/postern\.yaml:4$/m,
    /old\.test\/ +has another host +\.\/postern\.yaml:15$/m,
    /client +the path \/api\/a\/\.\.\/b counts as \/api\/b/,
    /feature +ip-filter +changes nothing/,
    /feature +basic-auth +makes user anna/,
    /feature +rewrite +makes path \/v2\/api\/b of \/api\/b/,
    /feature +headers +adds field X-Key: k-\*\*\*; adds field X-File: \*\*\*; removes field X-Drop/,
    /pick +http:\/\/127\.0\.0\.1:3 +pool shop, round-robin/,
    /^would go to http:\/\/127\.0\.0\.1:3 of pool shop \(\.\/postern\.yaml:18\) as$/m,
    /^ {2}GET \/v2\/api\/b\?x=1 HTTP\/1\.1$/m,
    /^ {2}X-Forwarded-For: 10\.1\.2\.3$/m,
    /^ {2}X-Key: k-\*\*\*$/m,
  ];
  for (const line of expected) assert.match(stdout, line);
  assert.doesNotMatch(stdout, /environment-secret|file-secret|YW5uYTpzZWNyZXQ/);
});

test('explain says by which protocol a server would get it, where that is not HTTP/1', async (t) => {
  const cwd = folderFor(t);
  const routes = [
    'to: "h2c://127.0.0.1:3"',
    'to: "https://127.0.0.1:4", protocol: http2',
    'to: "https://127.0.0.1:5"',
    'to: "https://127.0.0.1:6", protocol: http1',
    'to: "http://127.0.0.1:7"',
  ].map((to, i) => `  - { host: h${i}.test, ${to} }\n`);
  writeFileSync(join(cwd, 'postern.yaml'), `listeners: { web: { address: ":8080" } }\nroutes:\n${routes.join('')}`);
  const said = async (i: number): Promise<string | undefined> => {
    const { stdout } = await run(t, ['explain', 'GET', `http://h${i}.test:8080/`], { cwd });
    assert.match(stdout, /^ {2}GET \/ HTTP\/1\.1$/m);
    return /^ {2}it would go by (.*)$/m.exec(stdout)?.[1];
  };
  assert.deepEqual(await Promise.all(routes.map((_, i) => said(i))), [
    'HTTP/2 (h2c), shown here as HTTP/1 has it',
    'HTTP/2, shown here as HTTP/1 has it',
    'HTTP/2 where the server chooses that in the handshake',
    undefined,
    undefined,
  ]);
});

test('explain says where a request is refused or answered', async (t) => {
  const ends: readonly (readonly [readonly string[], RegExp])[] = [
    [['GET', 'http://shop.test:8080/'], /^answered here with 401 \(unauthorized\)$[^]*WWW-Authenticate: Basic/m],
    [['GET', 'http://shop.test:8080/', '--from', '10.9.1.1'], /^answered here with 403 \(address-denied\)$/m],
    [['GET', 'http://old.test:8080/x'], /^answered here with 308\n {2}Location: https:\/\/new\.test\/$/m],
    [['GET', 'http://other.test:8080/'], /^refused with 404 \(no-route\): /m],
    [['GET', 'http://shop.test:8080/%zz'], /^refused with 400 \(bad-path\): /m],
    [['G@T', 'http://shop.test:8080/'], /^refused with 400 \(bad-request\): /m],
    [['GET', 'http://shop.test:8080/', '-H', 'Content-Length: x'], /^refused with 400 \(bad-framing\): /m],
  ];
  for (const [args, end] of ends) {
    // oxlint-disable-next-line no-await-in-loop -- one process after the other
    const { code, stdout } = await explained(t, ...args);
    assert.match(stdout, end);
    assert.equal(code, 0);
  }
});

test('explain --json has all of it, for machines', async (t) => {
  const { stdout } = await explained(t, 'POST', 'http://shop.test/api/x', '--json');
  const { end, routes, places } = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual(end, { kind: 'server', pool: 'shop', server: 'http://127.0.0.1:3' });
  assert.deepEqual(routes, [
    { route: 'shop.test/api/', verdict: 'chosen' },
    { route: 'shop.test/', verdict: 'later' },
    { route: 'old.test/', verdict: 'host' },
  ]);
  assert.deepEqual((places as { pools: unknown }).pools, { shop: './postern.yaml:18' });
});

test('explain refuses in one line what makes no sense', async (t) => {
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [['GET', 'shop.test'], /^postern: Cannot read the URL "shop\.test"/],
    [
      ['GET', 'https://shop.test/'],
      /^postern: Cannot tell which listener is meant: none speaks https; name one of web/,
    ],
    [['GET', 'http://shop.test/', '--listener', 'x'], /^postern: Cannot find the listener x: there are web/],
    [['GET', 'http://shop.test/', '-H', 'nonsense'], /^postern: Cannot read the field "nonsense"/],
  ];
  for (const [args, message] of wrong) {
    // oxlint-disable-next-line no-await-in-loop -- one process after the other
    const { code, stdout, stderr } = await explained(t, ...args);
    assert.match(stderr, message);
    assert.equal(stdout, '');
    assert.equal(code, 2);
  }
});
