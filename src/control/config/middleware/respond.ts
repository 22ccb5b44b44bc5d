import { z } from 'zod';

import { toBytes, type RespondConfig } from '../../../proxy/index.ts';
import { duration, text } from '../leaf.ts';
import { bad, good, type Reading } from '../reading.ts';
import { readPlainPath } from '../route-path.ts';
import type { FeatureSchema, ResolveEnv } from './feature-schema.ts';
import { checkFieldName } from './field-names.ts';

interface RespondInput {
  readonly status?: number | undefined;
  readonly body?: unknown;
  readonly contentType?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly folder?: string | undefined;
  readonly index?: string | undefined;
  readonly fallback?: string | undefined;
  readonly cacheControl?: string | undefined;
  /** Milliseconds. */
  readonly retryAfter?: number | undefined;
}

/** Larger texts belong into a file. */
const mostBytes = 262_144;

const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

const value = text(readValue, { description: 'The value of a field, as it stands', examples: ['noindex'] });

export const respondSchema: FeatureSchema<RespondInput> = {
  schema: z
    .strictObject({
      status: z
        .int()
        .min(200)
        .max(599)
        .optional()
        .meta({
          description:
            'Status; `200`, unless set. With `folder` it is that of `index` and `fallback`, which stand for something else; files that were asked for by their name have 200',
          examples: [503],
          unit: 'number, 200 to 599',
        }),
      body: z
        .unknown()
        .optional()
        .meta({
          description:
            'What is sent: a text, or anything else as JSON. There are no variables in it: what a client sends would have to be escaped in another way in each format',
          examples: ['We are back at noon.', { status: 'ok' }],
        }),
      contentType: text(readValue, {
        description: '`Content-Type` of the body; `text/plain; charset=utf-8` or `application/json`, unless set',
        examples: ['text/html; charset=utf-8'],
      }).optional(),
      headers: z
        .record(z.string(), value)
        .optional()
        .meta({ description: 'Other fields of the answer', examples: [{ 'X-Robots-Tag': 'noindex' }] }),
      folder: text(readValue, {
        description:
          'A folder whose files are sent, in place of `body`; a relative path starts at the folder of the config. The prefix of the route is taken off, unless `keepPrefix` is set. Links may not lead out, names that begin with a dot are not there (but for `.well-known`), and nothing is listed',
        examples: ['./site'],
      }).optional(),
      index: text(readFileName, {
        description: 'The file that stands for a folder; `index.html`, unless set',
        examples: ['index.html'],
      }).optional(),
      fallback: text(readFileName, {
        description: 'The file of the folder that is sent in place of one that is not there; 404, unless set',
        examples: ['index.html'],
      }).optional(),
      cacheControl: text(readValue, {
        description: '`Cache-Control` of the answer',
        examples: ['public, max-age=3600', 'no-store'],
      }).optional(),
      retryAfter: duration('`Retry-After` of the answer; `1m` where the status is 503, unless set', '10m', {
        min: '1s',
        max: '7d',
      }).optional(),
    })
    .meta({
      description: 'Answers every request of the route: with a fixed answer, or with the files of a folder',
      examples: [{ status: 503, body: 'We are back at noon.' }, { folder: './site' }],
    }),
  resolve(config, env): RespondConfig | undefined {
    for (const name of Object.keys(config.headers ?? {})) checkFieldName(name, [...env.path, 'headers'], env.problems);
    return config.folder === undefined ? fixedPlan(config, env) : folderPlan(config, env);
  },
};

function fixedPlan(config: RespondInput, env: ResolveEnv): RespondConfig | undefined {
  const { status = 200, body } = config;
  if (!without(config, ['index', 'fallback'], 'that is for files', env)) return undefined;
  const sent = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
  if (sent !== '' && bodiless.has(status)) {
    return refuse(
      env,
      'body',
      `Cannot send a body with ${status}: that status has none`,
      'leave out the body, or use 200',
    );
  }
  if (Buffer.byteLength(sent) > mostBytes) {
    return refuse(
      env,
      'body',
      `Cannot use the body: it is larger than ${mostBytes} bytes`,
      'put it into a file, and use "folder"',
    );
  }
  const type = config.contentType ?? (typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json');
  const fields = sent === '' ? [] : [{ name: 'Content-Type', value: type }];
  return { kind: 'fixed', status, body: sent, headers: [...fields, ...fieldsOf(config)] };
}

function folderPlan(config: RespondInput, env: ResolveEnv): RespondConfig | undefined {
  const { status = 200, index = 'index.html', fallback } = config;
  if (!without(config, ['body', 'contentType'], 'with "folder" the files say it', env)) return undefined;
  if (bodiless.has(status)) {
    return refuse(env, 'status', `Cannot send files with ${status}: that status has no body`, 'use 200 or 503');
  }
  const folder = env.files.folder(config.folder!, { what: 'the folder', key: [...env.path, 'folder'] });
  if (folder === undefined) return undefined;
  return { kind: 'folder', folder, index, status, fallback: fallback?.split('/'), headers: fieldsOf(config) };
}

function fieldsOf({ status, headers = {}, cacheControl, retryAfter }: RespondInput): RespondConfig['headers'] {
  const seconds = retryAfter === undefined ? (status === 503 ? 60 : undefined) : Math.ceil(retryAfter / 1000);
  const own = [
    ...(cacheControl === undefined ? [] : [{ name: 'Cache-Control', value: cacheControl }]),
    ...(seconds === undefined ? [] : [{ name: 'Retry-After', value: String(seconds) }]),
  ];
  const given = Object.entries(headers).map(([name, content]) => ({ name, value: content }));
  // What is said twice would be sent twice: the words of the config win.
  const said = new Set(given.map(({ name }) => name.toLowerCase()));
  return [...given, ...own.filter(({ name }) => !said.has(name.toLowerCase()))];
}

function without(config: RespondInput, keys: readonly (keyof RespondInput)[], why: string, env: ResolveEnv): boolean {
  const found = keys.find((key) => config[key] !== undefined);
  if (found === undefined) return true;
  env.problems.add({
    path: [...env.path, found],
    end: 'key',
    message: `Cannot use "${found}" here: ${why}`,
    remedy: config.folder === undefined ? 'leave it out, or name a "folder"' : 'leave it out, or leave out "folder"',
  });
  return false;
}

function refuse(env: ResolveEnv, key: string, message: string, remedy: string): undefined {
  env.problems.add({ path: [...env.path, key], message, remedy });
}

function readValue(given: string): Reading<string> {
  return given.trim() === '' ? bad('it is empty', 'write a value, or leave the key out') : good(toBytes(given));
}

/** Below the folder: `index.html`, `errors/down.html`. */
function readFileName(given: string): Reading<string> {
  const remedy = 'write the name of a file below the folder, without a slash in front';
  if (given.startsWith('/')) return bad('it is not below the folder', remedy, given.slice(1));
  const reading = readPlainPath(`/${given}`);
  if (!reading.ok || given === '' || given.endsWith('/')) return bad('it is not the name of a file', remedy);
  if (given.split('/').some((name) => name.startsWith('.'))) return bad('it begins with a dot', 'rename the file');
  return good(given);
}
