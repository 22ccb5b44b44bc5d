import { isUtf8 } from 'node:buffer';

import { z } from 'zod';

import type { ErrorPagesConfig } from '../../../proxy/index.ts';
import { flag, readFilePath, text } from '../leaf.ts';
import type { FeatureSchema, ResolveEnv } from './feature-schema.ts';

const mostBytes = 262_144;

interface WrittenPage {
  readonly file?: string | undefined;
  readonly json?: Readonly<Record<string, unknown>> | undefined;
  readonly status?: number | undefined;
}

interface Written {
  readonly pages: Readonly<Record<string, string | WrittenPage>>;
  readonly servers: boolean;
}

const statusKey = z.string().superRefine((value, context) => {
  if (/^(?:[45]\d\d|[45]xx)$/.test(value)) return;
  context.addIssue({
    code: 'custom',
    message: 'it is neither the status of an error nor a class of them',
    params: { remedy: 'write 400 to 599, 4xx or 5xx' },
  });
});

const file = text(readFilePath, {
  description: 'A file with HTML of at most 256 kB, read when the config is loaded',
  examples: ['pages/404.html'],
});

const page = z.union([
  file,
  z
    .strictObject({
      file: file.optional(),
      json: z
        .record(z.string(), z.unknown())
        .optional()
        .meta({
          description: 'The object for clients that do not ask for HTML',
          examples: [{ error: '{code}', id: '{id}', help: 'https://status.example.com/' }],
        }),
      status: z
        .int()
        .min(400)
        .max(599)
        .optional()
        .meta({ description: 'The status that is sent instead', examples: [503], unit: 'number, 400 to 599' }),
    })
    .superRefine((value, context) => {
      if (Object.values(value).some((each) => each !== undefined)) return;
      context.addIssue({
        code: 'custom',
        message: 'it says nothing',
        params: { remedy: 'write a file, json or a status' },
      });
    }),
]);

const schema: z.ZodType<Written> = z
  .strictObject({
    pages: z.record(statusKey, page).meta({
      description:
        'Pages by status (`"404"`) or class (`5xx`); a status comes before its class. In them `{status}`, `{reason}`, `{id}`, `{code}` and `{host}` are filled in. Browsers get the HTML; clients that do not ask for it get `json`, or `{error, id}` without one',
      examples: [{ '404': 'pages/404.html', '5xx': { file: 'pages/5xx.html', status: 503 } }],
    }),
    servers: flag('Answers of servers with such a status are replaced too, not only those of the proxy', true).default(
      false,
    ),
  })
  .meta({
    description: 'Own pages for errors. Nothing of what a replaced answer said of the server leaves',
    examples: [{ pages: { '404': 'pages/404.html' } }],
  });

/** The site's own words for errors. */
export const errorPagesSchema: FeatureSchema<Written> = {
  schema,
  resolve({ pages, servers }, env): ErrorPagesConfig | undefined {
    const sorted = Object.entries(pages).toSorted(([a], [b]) => (a < b ? -1 : 1));
    const made = sorted.map(([of, written]) => {
      const { file: name, json, status }: WrittenPage = typeof written === 'string' ? { file: written } : written;
      const path = [...env.path, 'pages', of, ...(typeof written === 'string' ? [] : ['file'])];
      const html = name === undefined ? undefined : readPage(name, { ...env, path });
      if (name !== undefined && html === undefined) return undefined;
      return { of, status, html, json: json === undefined ? undefined : `${JSON.stringify(json)}\n` };
    });
    const whole = made.filter((each) => each !== undefined);
    return whole.length === made.length ? { pages: whole, servers } : undefined;
  },
};

function readPage(name: string, { files, problems, path }: ResolveEnv): string | undefined {
  const read = files.read(name, { what: 'the page', key: path, maxBytes: mostBytes });
  if (read === undefined) return undefined;
  if (isUtf8(read.bytes)) return read.bytes.toString('utf8').replace(/^\uFEFF/, '');
  const message = `Cannot use the page ${problems.show(path, name)}: it is not UTF-8`;
  problems.add({ path, message, remedy: 'save it as UTF-8', outside: true });
  return undefined;
}
