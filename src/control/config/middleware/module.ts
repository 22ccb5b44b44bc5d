import { createHash } from 'node:crypto';

import { z } from 'zod';

import type { ModuleConfig } from '../../../proxy/index.ts';
import { duration, readFilePath, text } from '../leaf.ts';
import { bad, good, type Reading } from '../reading.ts';
import type { FeatureSchema, ResolveEnv } from './feature-schema.ts';

/** A program of people's own is not larger; one that brings all that it needs may be. */
const mostBytes = 16_000_000;

interface WrittenModule {
  readonly file: string;
  readonly export: string;
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  readonly timeout: number;
  readonly bodyTimeout: number;
}

type Written = string | WrittenModule;

const file = text(readFilePath, {
  description: 'An ES module: `.ts`, `.mts`, `.js` or `.mjs`',
  examples: ['./my-middleware.ts'],
});

const schema: z.ZodType<Written> = z
  .union([
    file,
    z.strictObject({
      file,
      export: text(readName, {
        description: 'The export that is the middleware, or what `defineMiddleware` gave',
        examples: ['onlyMembers'],
      }).default('default'),
      options: z
        .record(z.string(), z.unknown())
        .optional()
        .meta({
          description: 'Anything, for `create(options)` of the module',
          examples: [{ members: ['anna', 'ben'] }],
        }),
      timeout: duration(
        'The most time that it may take until it calls `next()` or answers, and again from the answer until it returns',
        '30s',
        { min: '10ms', max: '1h' },
      ).default(30_000),
      bodyTimeout: duration('The longest silence of a body that it sends', '5m', { min: '10ms', max: '1d' }).default(
        300_000,
      ),
    }),
  ])
  .meta({
    description:
      'Middleware of your own: a program that each data thread imports. It may stand anywhere in the list. It runs with all rights of the process',
    examples: ['./my-middleware.ts'],
  });

/** Programs of people's own. */
export const moduleSchema: FeatureSchema<Written> = {
  schema,
  resolve(written, env): ModuleConfig | undefined {
    if (typeof written === 'string')
      return isFunction(written) ? ofFunction(written, env) : ofFile(usual(written), env, []);
    return ofFile(written, env, ['file']);
  },
};

function usual(name: string): WrittenModule {
  return { file: name, export: 'default', timeout: 30_000, bodyTimeout: 300_000 };
}

function ofFile(written: WrittenModule, env: ResolveEnv, rest: readonly string[]): ModuleConfig | undefined {
  const key = [...env.path, ...rest];
  const { problems } = env;
  const { file: name, export: exported, options, timeout: timeoutMs, bodyTimeout: silenceMs } = written;
  if (!/\.m?[jt]s$/.test(name)) {
    const message = `Cannot use the middleware ${problems.show(key, name)}: it is no ES module by its name`;
    problems.add({ path: key, message, remedy: 'name a file that ends in .ts, .mts, .js or .mjs' });
    return undefined;
  }
  const read = env.files.read(name, { what: 'the middleware', key, maxBytes: mostBytes });
  if (read === undefined) return undefined;
  const digest = createHash('sha256').update(read.bytes).digest('hex');
  const shown = problems.isSecret(key) ? '***' : name;
  return { kind: 'file', name: shown, path: read.path, digest, export: exported, options, timeoutMs, silenceMs };
}

// --- functions of the program that the proxy is a part of ------------------------------------------------------------

/** No file has such a name on any system that people use, and none is looked for. */
const functionMark = 'function:';

function isFunction(written: string): boolean {
  return written.startsWith(functionMark);
}

function ofFunction(id: string, { functions, problems, path }: ResolveEnv): ModuleConfig | undefined {
  const name = functions?.get(id);
  if (name !== undefined) return { kind: 'function', id, name, timeoutMs: 30_000, silenceMs: 300_000 };
  const message = 'Cannot use a function as middleware here: functions cannot be sent to data threads';
  const remedy =
    "write it in a file of its own and name that, for example { module: './my-middleware.ts' }, or use threads: 0";
  problems.add({ path: path.slice(0, -1), message, remedy });
  return undefined;
}

function readName(value: string): Reading<string> {
  return value === '' ? bad('it is empty', 'write the name of an export') : good(value);
}
