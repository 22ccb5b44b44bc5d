import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import type { LoadedConfig } from './load-result.ts';
import { readConfigText } from './load-config.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-disabled-'));
});
after(async () => await rm(folder, { recursive: true }));

async function load(yaml: string): Promise<LoadedConfig> {
  const text = `listeners: { web: { address: ":0" } }\n${yaml}`;
  const result = await readConfigText(text, join(folder, 'postern.yaml'), { environment: {}, instance: 'test' });
  assert.ok(result.ok, JSON.stringify(result));
  return result;
}

function reasons({ plan }: LoadedConfig): readonly (string | undefined)[] {
  return plan.routes.map(({ disabled }) => disabled?.reason);
}

const to = 'to: http://10.0.0.1';

test('each file that a feature lacks disables its route, and no other', async () => {
  const features = [
    ['basic-auth: { htpasswd: gone }', 'Cannot read the password file "gone": there is no such file'],
    ['ip-filter: { allow: [{ file: gone }] }', 'Cannot read the list of addresses "gone": there is no such file'],
    ['error-pages: { pages: { "404": gone } }', 'Cannot read the page "gone": there is no such file'],
    ['respond: { folder: gone }', 'Cannot use the folder "gone": there is no such file'],
  ] as const;
  const routes = features.map(([feature], i) => {
    const rest = feature.startsWith('respond') ? '' : `, ${to}`;
    return `  - { path: /${i}, middleware: [{ ${feature} }]${rest} }\n`;
  });
  const config = await load(`routes:\n${routes.join('')}  - { ${to} }\n`);
  assert.deepEqual(reasons(config), [...features.map(([, reason]) => reason), undefined]);
  assert.deepEqual(config.lacking, [join(folder, 'gone')]);
  assert.ok(config.warnings.filter(({ severity }) => severity === 'error').length === 4);
});

test('a file with nonsense in it disables the route as a missing one does', async () => {
  await writeFile(join(folder, 'users'), 'nonsense');
  await writeFile(join(folder, 'nobody'), '# nobody\n');
  await writeFile(join(folder, 'list'), '300.0.0.0/8\n');
  await writeFile(join(folder, 'page'), Buffer.from([0xff, 0xfe, 0x00]));
  const config = await load(`routes:
  - { path: /1, middleware: [{ basic-auth: { htpasswd: users } }], ${to} }
  - { path: /2, middleware: [{ basic-auth: { htpasswd: nobody } }], ${to} }
  - { path: /3, middleware: [{ ip-filter: { deny: [{ file: list }] } }], ${to} }
  - { path: /4, middleware: [{ error-pages: { pages: { 5xx: page } } }], ${to} }
`);
  assert.deepEqual(
    reasons(config).map((reason) => /^Cannot use [^:]+/.exec(reason ?? '')?.[0]),
    [
      'Cannot use line 1 of "users"',
      'Cannot use "nobody"',
      'Cannot use line 1 of "list"',
      'Cannot use the page "page"',
    ],
  );
});

test('a file that several routes name disables them all', async () => {
  const route = `middleware: [{ basic-auth: { htpasswd: gone } }], ${to} }`;
  const config = await load(`routes:\n  - { path: /1, ${route}\n  - { path: /2, ${route}\n  - { ${to} }\n`);
  assert.deepEqual(
    reasons(config).map((reason) => reason !== undefined),
    [true, true, false],
  );
});

test('what a pool lacks disables the routes to it, and what a URL lacks its own', async () => {
  const config = await load(`pools:
  app: { servers: ["https://10.0.0.1"], tls: { ca: gone.pem } }
  other: { servers: ["https://10.0.0.2"] }
routes:
  - { path: /1, to: app }
  - { path: /2, to: other }
  - { path: /3, to: app }
  - { path: /4, to: https://10.0.0.3, tls: { certificate: lost.pem } }
`);
  const ca = 'Cannot read the authority file "gone.pem": there is no such file';
  assert.deepEqual(reasons(config), [
    ca,
    undefined,
    ca,
    'Cannot read the certificate "lost.pem": there is no such file',
  ]);
});

test('more missing files than problems are listed disable their routes all the same', async () => {
  const route = (i: number): string =>
    `  - { path: /${i}, ${to}, middleware: [{ basic-auth: { htpasswd: gone${i} } }] }\n`;
  const config = await load(`routes:\n${Array.from({ length: 300 }, (_, i) => route(i)).join('')}`);
  assert.equal(config.warnings.length, 201);
  assert.ok(reasons(config).every((reason) => reason?.startsWith('Cannot read the password file') === true));
});

test('a mistake in the config itself still refuses all of it, with what is missing beside it', async () => {
  const text = `listeners: { web: { address: ":0" } }
routes:
  - { path: /1, ${to}, middleware: [{ basic-auth: { htpasswd: gone } }] }
  - { ${to}, paht: /2 }
`;
  const result = await readConfigText(text, join(folder, 'postern.yaml'), { environment: {}, instance: 'test' });
  assert.ok(!result.ok);
  assert.equal(result.problems.length, 2);
});

test('a file that is no part of a route, a pool or a listener is an error like others', async () => {
  const text = `listeners: { web: { address: ":0" } }
admin: { listen: "127.0.0.1:2020", tokenFile: gone }
routes: [{ ${to} }]
`;
  const result = await readConfigText(text, join(folder, 'postern.yaml'), { environment: {}, instance: 'test' });
  assert.ok(!result.ok);
});
