import { z } from 'zod';

import type { RedirectConfig, Template, TemplatePart } from '../../../proxy/index.ts';
import { text } from '../leaf.ts';
import { bad, type Reading } from '../reading.ts';
import type { FeatureSchema } from './feature-schema.ts';
import { checkGroups, readPattern } from './pattern.ts';
import { templateReader } from './read-template.ts';

interface RedirectInput {
  readonly to: Template;
  readonly status: RedirectConfig['status'];
  readonly match?: string | undefined;
}

export const redirectSchema: FeatureSchema<RedirectInput> = {
  schema: z
    .strictObject({
      to: text(readLocation, {
        description:
          'Where clients are sent: a URL, or a path of the same host. Variables are filled in, `{1}` and so on are groups of `match`. The host of a URL is fixed, or `{host}`',
        examples: ['https://www.example.com{path}{query}', '/new/'],
      }),
      status: z
        .literal([301, 302, 303, 307, 308])
        .default(308)
        .meta({
          description:
            'Status: `308` and `301` are for ever (browsers remember them), `307`, `302` and `303` for now. `307` and `308` keep method and body',
          examples: [302],
        }),
      match: text(readPattern, {
        description:
          'A regular expression (RE2) for the path as the client sent it; requests that it does not match go on. Every request, unless set',
        examples: ['^/old/(.*)$'],
      }).optional(),
    })
    .meta({
      description: 'Sends clients to another URL',
      examples: [{ to: 'https://www.example.com{path}{query}' }],
    }),
  resolve({ to, status, match }, { problems, path }): RedirectConfig {
    checkGroups([{ template: to, path: [...path, 'to'] }], match, problems);
    return { to, status, match };
  },
};

const readTemplate = templateReader(true);

/** A URL whose host no request can make up, or a path. */
function readLocation(given: string): Reading<Template> {
  const reading = readTemplate(given);
  if (!reading.ok) return reading;
  const wrong = judgeLocation(reading.value);
  return wrong ?? reading;
}

function judgeLocation(template: Template): Reading<never> | undefined {
  const first = template[0];
  if (first?.kind === 'variable' && first.name === 'path') return undefined;
  const start = first?.kind === 'text' ? first.text : '';
  if (/^[/\\]{2}/.test(start)) return bad('it has a host without a scheme', 'write https:// before the host');
  if (start.startsWith('/')) return undefined;
  const authority = afterScheme(template);
  if (authority !== undefined) return judgeHost(authority);
  return bad('it is neither a URL nor a path', 'begin with http://, https:// or /');
}

/** What follows `http://`, `https://` or `{scheme}://`. */
function afterScheme([first, second, ...rest]: Template): Template | undefined {
  if (first?.kind === 'text') {
    const scheme = /^https?:\/\//i.exec(first.text);
    return scheme === null
      ? undefined
      : [{ kind: 'text', text: first.text.slice(scheme[0].length) }, ...(second ? [second, ...rest] : [])];
  }
  const isScheme = first?.kind === 'variable' && first.name === 'scheme';
  if (!isScheme || second?.kind !== 'text' || !second.text.startsWith('://')) return undefined;
  return [{ kind: 'text', text: second.text.slice(3) }, ...rest];
}

/** Up to the end of the host there is nothing that a client could choose: this would send users wherever a link says. */
function judgeHost(template: Template): Reading<never> | undefined {
  let host = '';
  for (const part of template) {
    if (part.kind === 'text') {
      const end = part.text.search(/[/?#]/);
      host += end < 0 ? part.text : part.text.slice(0, end);
      if (end >= 0) break;
    } else if (part.kind === 'variable' && part.name === 'path') break;
    else if (isQueryAtEnd(part, template)) break;
    else if (part.kind === 'variable' && part.name === 'host') host += 'host';
    else return bad('its host would come from the request', 'write the host, or {host}, and a / behind it');
  }
  const isHost = /^(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(host);
  return isHost ? undefined : bad('it has no host that could be one', 'write for example https://www.example.com/');
}

/** An empty query ends no host: what stood behind it would be a part of the host. */
function isQueryAtEnd(part: TemplatePart, template: Template): boolean {
  return part.kind === 'variable' && part.name === 'query' && part === template.at(-1);
}
