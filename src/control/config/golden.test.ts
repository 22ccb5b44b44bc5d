// Golden files: a config, a line of dashes, and what comes of it. A new case is a new file; with UPDATE_GOLDEN=1 the
// outcomes are written instead of compared.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';

import { defaultMask, type Plan } from '../../proxy/index.ts';
import { formatProblem } from './config-problem.ts';
import { readConfigText } from './load-config.ts';
import type { LoadEnv, LoadResult } from './load-result.ts';

const folder = new URL('../../../test/golden/config/', import.meta.url);
const dashes = '----------\n';

/** Every value that may be put in has this in it; nothing that is shown may. */
const secret = 'hunter2';

const files: Readonly<Record<string, string>> = {
  '/etc/postern/secrets/host': `${secret}.example\n`,
  '/etc/postern/secrets/crlf': `${secret}.example\r\n`,
  '/etc/postern/secrets/lines': `${secret}.example\n${secret}\n`,
  '/run/secrets/token': secret,
};

const env: LoadEnv = {
  instance: 'test',
  environment: {
    TOKEN: secret,
    APP_HOST: `${secret}.example`,
    WRONG_HOST: `${secret}_..x`,
    URL: `http://${secret}.example:8080`,
    USER_URL: `http://${secret}:${secret}@app.example`,
    BAD_PATH: `/${secret}/../x`,
    ADDRESS: `${secret}:80`,
    CONTROL: `${secret}\u001B[31m`,
    EMPTY: '',
    NESTED: `\${${secret}}`,
  },
  async readFile(path) {
    const content = files[path];
    if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return Buffer.from(content);
  },
};

for (const name of readdirSync(folder)) {
  test(`golden config ${name}`, async () => {
    const text = readFileSync(new URL(name, folder), 'utf8');
    const cut = text.indexOf(dashes);
    assert.ok(cut >= 0 || process.env['UPDATE_GOLDEN'], 'a line of dashes is missing');
    const input = cut < 0 ? text : text.slice(0, cut);
    const result = await readConfigText(input, '/etc/postern/postern.yaml', env);
    const outcome = outcomeOf(result);
    assert.ok(!shownOf(result).includes(secret), 'a secret is shown');
    structuredClone(result);
    if (process.env['UPDATE_GOLDEN']) writeFileSync(new URL(name, folder), input + dashes + outcome);
    else assert.equal(outcome, text.slice(cut + dashes.length));
  });
}

function outcomeOf(result: LoadResult): string {
  if (!result.ok) return result.problems.map((problem) => `${line(problem)}\n`).join('');
  const { plan, warnings, ok: _, texts: _texts, prints: _prints, ...settings } = result;
  return `${warnings.map((warning) => `${line(warning)}\n`).join('')}${planText(plan)}\n${JSON.stringify(settings)}\n`;
}

function line(problem: Parameters<typeof formatProblem>[0]): string {
  return `${formatProblem({ ...problem, file: 'postern.yaml' })} [${problem.path}]`;
}

/** One line a listener, route or pool; of the mask only what is not always in it. */
function planText(plan: Plan): string {
  const mask = plan.accessLog?.mask.filter((each) => !defaultMask.includes(each));
  const shown = { ...plan, accessLog: plan.accessLog && { ...plan.accessLog, mask } };
  const lines = Object.entries(shown).map(([key, value]) => {
    if (!Array.isArray(value)) return `  "${key}": ${JSON.stringify(value)}`;
    return `  "${key}": [\n${value.map((each) => `    ${JSON.stringify(each)}`).join(',\n')}\n  ]`;
  });
  return `{\n${lines.join(',\n')}\n}`;
}

/** All that may be printed or logged: problems, and the names in a plan. */
function shownOf(result: LoadResult): string {
  if (!result.ok) return JSON.stringify(result.problems);
  const { plan, warnings, tls } = result;
  const names = [
    ...plan.listeners.map((each) => each.name),
    ...plan.routes.flatMap((each) => [each.name, each.pool, each.disabled?.reason]),
    ...plan.pools.flatMap((each) => [each.name, ...each.servers.map((server) => server.name)]),
  ];
  return JSON.stringify([warnings, names, tls?.lost]);
}
