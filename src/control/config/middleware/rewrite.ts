import { z } from 'zod';

import type { QueryEditsConfig, RewriteConfig, TargetTemplate, Template } from '../../../proxy/index.ts';
import type { ConfigPath } from '../config-problem.ts';
import { flag, text } from '../leaf.ts';
import { bad, good, type Reading } from '../reading.ts';
import { readPlainPath } from '../route-path.ts';
import type { FeatureSchema, ResolveEnv } from './feature-schema.ts';
import { checkGroups, readPattern } from './pattern.ts';
import { templateReader } from './read-template.ts';

type Parameters = Readonly<Record<string, Template>>;

interface RewriteInput {
  readonly stripPrefix?: string | undefined;
  readonly addPrefix?: string | undefined;
  readonly replacePrefix?: { readonly from: string; readonly to: string } | undefined;
  readonly regex?: { readonly match: string; readonly to: TargetTemplate; readonly all: boolean } | undefined;
  readonly path?: TargetTemplate | undefined;
  readonly query?: QueryInput | undefined;
}

interface QueryInput {
  readonly keep?: readonly string[] | undefined;
  readonly remove?: readonly string[] | undefined;
  readonly set?: Parameters | undefined;
  readonly add?: Parameters | undefined;
}

function prefix(description: string, example: string): z.ZodType<string> {
  return text(readPrefix, { description, examples: [example] });
}

const names = (description: string, example: string): z.ZodType<readonly string[] | undefined> =>
  z
    .array(text(readParameter, { description: 'The name of a parameter', examples: [example] }))
    .optional()
    .meta({ description, examples: [[example]] });

const parameters = (description: string): z.ZodType<Parameters | undefined> =>
  z
    .record(
      z.string(),
      text(templateReader(true), { description: 'The value of a parameter, with variables', examples: ['{host}'] }),
    )
    .optional()
    .meta({ description, examples: [{ tenant: '{host}' }] });

export const rewriteSchema: FeatureSchema<RewriteInput> = {
  schema: z
    .strictObject({
      stripPrefix: prefix('Segments that are taken from the beginning of the path', '/app').optional(),
      addPrefix: prefix('Segments that are put in front of the path', '/v1').optional(),
      replacePrefix: z
        .strictObject({
          from: prefix('Segments at the beginning of the path', '/old'),
          to: prefix('What takes their place', '/new'),
        })
        .optional()
        .meta({
          description: 'Other segments for those at the beginning of the path',
          examples: [{ from: '/old', to: '/new' }],
        }),
      regex: z
        .strictObject({
          match: text(readPattern, {
            description: 'A regular expression (RE2) for the path; unanchored, so begin with `^` for its start',
            examples: ['^/item/(\\d+)$'],
          }),
          to: text(readTarget, {
            description:
              'What takes the place of what matched; `{1}` and so on are groups. After a `?` stands a query that comes in front of the one that is there',
            examples: ['/items.php?id={1}'],
          }),
          all: flag('Replaces every match, not only the first', true).default(false),
        })
        .optional()
        .meta({
          description: 'Replaces what a pattern finds in the path',
          examples: [{ match: '^/old/', to: '/new/' }],
        }),
      path: text(readWholePath, {
        description:
          'The whole path; `{path}` is the one that it has by then. After a `?` stands a query that comes in front of the one that is there',
        examples: ['/site{path}'],
      }).optional(),
      query: z
        .strictObject({
          keep: names('The only parameters that stay', 'id'),
          remove: names('Parameters to be removed', 'debug'),
          set: parameters('Parameters to be written in place of those of their name; values are encoded'),
          add: parameters('Parameters to be written behind the others'),
        })
        .optional()
        .meta({ description: 'Edits of the query, in this order', examples: [{ remove: ['debug'] }] }),
    })
    .meta({
      description:
        'Changes path and query on their way to the server, in the order of these keys, after the prefix of the route was replaced',
      examples: [{ stripPrefix: '/app' }],
    }),
  resolve(config, env): RewriteConfig {
    const { stripPrefix, addPrefix, replacePrefix, regex, path, query } = config;
    check(config, env);
    return {
      prefixes: [
        ...(stripPrefix === undefined ? [] : [{ from: stripPrefix, to: '' }]),
        ...(addPrefix === undefined ? [] : [{ from: '', to: addPrefix }]),
        ...(replacePrefix === undefined ? [] : [replacePrefix]),
      ],
      regex,
      path,
      query: query && queryPlan(query),
    };
  },
};

function listOf(given: Parameters): QueryEditsConfig['set'] {
  return Object.entries(given).map(([name, value]) => ({ name, value }));
}

function queryPlan({ keep, remove = [], set = {}, add = {} }: QueryInput): QueryEditsConfig {
  return { keep, remove, set: listOf(set), add: listOf(add) };
}

function partsOf(target: TargetTemplate | undefined): Template {
  return [...(target?.path ?? []), ...(target?.query ?? [])];
}

function check({ regex, path, query }: RewriteInput, env: ResolveEnv): void {
  const at = (...keys: readonly string[]): ConfigPath => [...env.path, ...keys];
  checkGroups([{ template: partsOf(path), path: at('path') }], undefined, env.problems);
  const values = (['set', 'add'] as const).flatMap((key) =>
    Object.entries(query?.[key] ?? {}).map(([name, template]) => ({ template, path: at('query', key, name) })),
  );
  checkGroups([{ template: partsOf(regex?.to), path: at('regex', 'to') }, ...values], regex?.match, env.problems);
  if (regex?.all !== true) return;
  if (regex.to.query === undefined && regex.to.path.every(({ kind }) => kind === 'text' || kind === 'capture')) return;
  env.problems.add({
    path: at('regex', 'to'),
    message: 'Cannot put a variable or a query in for every match: the result could grow without bound',
    remedy: 'use groups such as {1} only, or leave out "all"',
  });
}

/** Without the slash at the end: what follows a prefix begins with one. */
function readPrefix(given: string): Reading<string> {
  const reading = readPlainPath(given);
  return reading.ok ? good(given.replace(/\/$/, '')) : reading;
}

function readParameter(name: string): Reading<string> {
  return /^[^\s&=?#]{1,100}$/.test(name)
    ? good(name)
    : bad('it is not the name of a parameter', 'write what stands before the "=" in a query');
}

const readTemplate = templateReader(true);

/** A path and what stands behind its `?`. */
function readTarget(given: string): Reading<TargetTemplate> {
  const reading = readTemplate(given);
  if (!reading.ok) return reading;
  const texts = reading.value.flatMap((part) => (part.kind === 'text' ? [part.text] : []));
  if (texts.some((each) => each.includes('#'))) return bad('a server is told no #', 'leave out what begins with it');
  if (texts.some((each) => /[\\\s]/.test(each)))
    return bad('no path has a space or a backslash', 'write %20 for a space');
  const target = split(reading.value);
  const dots = target.path.some((part) => part.kind === 'text' && /\/(?:\.|%2e){1,2}(?:\/|$)/i.test(part.text));
  return dots ? bad('it has a dot segment', 'write the path that is meant') : good(target);
}

function readWholePath(given: string): Reading<TargetTemplate> {
  if (!given.startsWith('/') && !given.startsWith('{path}'))
    return bad('a path starts with /', 'put a / before it', `/${given}`);
  return readTarget(given);
}

function split(template: Template): TargetTemplate {
  const at = template.findIndex((part) => part.kind === 'text' && part.text.includes('?'));
  const mark = template[at];
  if (mark?.kind !== 'text') return { path: template, query: undefined };
  const [before, after] = [mark.text.slice(0, mark.text.indexOf('?')), mark.text.slice(mark.text.indexOf('?') + 1)];
  return {
    path: [...template.slice(0, at), ...(before === '' ? [] : [{ kind: 'text' as const, text: before }])],
    query: [...(after === '' ? [] : [{ kind: 'text' as const, text: after }]), ...template.slice(at + 1)],
  };
}
