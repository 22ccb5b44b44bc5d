import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';

import { readConfigText } from '../../src/control/config/load-config.ts';
import { formatProblem } from '../../src/control/config/config-problem.ts';
import type { LoadEnv, LoadResult } from '../../src/control/config/load-result.ts';
import { plainTarget, type Target } from '../engine/target.ts';
import { buildRuntime } from '../../src/proxy/runtime.ts';
import { TestEnv } from '../../src/proxy/fixtures.test.ts';

const folders = ['../../examples/', '../../test/golden/config/'] as const;

/** Files end where the outcomes of golden files begin. */
function seeds(): string[] {
  return folders.flatMap((folder) => {
    const at = new URL(folder, import.meta.url);
    const files = readdirSync(at).filter((name) => /\.(yaml|txt|json)$/.test(name));
    return files
      .toSorted()
      .map((name) => readFileSync(new URL(name, at)).toString('latin1').split('----------\n', 1)[0]!);
  });
}

const about = {
  name: 'config',
  about: 'a config is taken or refused with places and words, never with an exception, and what is taken can run',
  seeds,
  words: [
    ...[
      'listeners:',
      'routes:',
      'pools:',
      'middleware:',
      '  - ',
      '- ',
      ': ',
      '\n',
      '\n  ',
      '{ ',
      ' }',
      '[',
      ']',
      ',',
      '"',
      "'",
      '#',
      '&a',
      '*a',
      '<<: *a',
      '!!binary',
      '!tag',
    ],
    ...[
      '|\n',
      '>-\n',
      '---\n',
      '...\n',
      '%YAML 1.1\n',
      '\t',
      '\0',
      '\xef\xbb\xbf',
      '\xff',
      '${X}',
      '${file:x}',
      '${',
      'null',
      'true',
      '~',
      '1e999',
      '.nan',
      '-0',
      '0x10',
      '__proto__:',
      'constructor:',
    ],
    ...[
      'address: ":80"',
      'host: a.test',
      'path: /x/',
      'to: http://10.0.0.1/',
      'to: p',
      'tls:',
      'certificates: [a.pem]',
      'when: ',
      'headers:',
      'rewrite:',
      'redirect:',
      'ip-filter:',
    ],
    ...[
      'cors:',
      'basic-auth:',
      'respond:',
      'buffer:',
      'body-limit: 1MB',
      'error-pages:',
      'security-headers:',
      '10s',
      '1MB',
      '{header:X}',
      '*',
      'https: redirect',
      'priority: 1',
    ],
  ],
  longest: 8192,
};

const env: LoadEnv = {
  environment: { X: 'value', EMPTY: '', CONTROL: '\u001b[31m' },
  instance: 'fuzz',
  readFile: () => Promise.reject(Object.assign(new Error('no such file'), { code: 'ENOENT' })),
};

export const config: Target = plainTarget(about, async (input, random) => {
  // Most configs are UTF-8; now and then each byte is a character.
  const text = input.toString(random.oneIn(4) ? 'latin1' : 'utf8');
  const result = await readConfigText(text, '/nowhere/postern.yaml', { ...env, advice: random.oneIn(2) });
  const problems = result.ok ? result.warnings : result.problems;
  const lines = text.split('\n').length;
  for (const problem of problems) {
    assert.ok(problem.message !== '' && problem.remedy !== '', 'a problem without words');
    assert.ok(
      problem.line >= 0 && problem.line <= lines + 1 && problem.column >= 0,
      `a place that is not there: ${problem.line}`,
    );
    // oxlint-disable-next-line no-control-regex -- they are what is looked for
    assert.ok(
      !/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/.test(formatProblem(problem)),
      'control characters on a terminal',
    );
  }
  if (!result.ok)
    return assert.ok(
      problems.some(({ severity }) => severity === 'error'),
      'refused without an error',
    );
  await checkRuns(text, result);
});

/** It goes to a thread, is the same when it is loaded again, and its data plane can be built. */
async function checkRuns(text: string, result: LoadResult & { readonly ok: true }): Promise<void> {
  const plan = structuredClone(result.plan);
  const again = await readConfigText(text, '/nowhere/postern.yaml', env);
  assert.ok(again.ok && JSON.stringify(again.plan) === JSON.stringify(plan), 'another plan of the same text');
  const world = new TestEnv();
  const runtime = buildRuntime(plan, undefined, new Map(), world);
  runtime.features.close();
  for (const pool of runtime.pools.values()) pool.retire();
  assert.deepEqual(world.bugs, []);
}
