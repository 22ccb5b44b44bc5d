import { Headers } from '../../core/headers.ts';
import type { Exchange } from '../exchange.ts';
import { exchangeOf, headersOf } from '../fixtures.test.ts';
import type { Answer, Work } from './feature.ts';
import type { Template } from './template.ts';

/** What the tests of features share. */

/** A request on its way; `sent` are the fields that the server would get. */
export function workOf(parts: Partial<Exchange> = {}, work: Partial<Work> = {}): Work {
  const exchange = exchangeOf(parts);
  const { path, query } = exchange.target;
  const headers = new Headers();
  for (let i = 0; i < exchange.headers.length; i++)
    headers.add(exchange.headers.names[i]!, exchange.headers.values[i]!);
  const reply = { inform(): void {} };
  const { expectContinue } = exchange;
  return { exchange, reply, path, query, host: undefined, headers, expectContinue, body: undefined, ...work };
}

/** A request for this path and query, with these fields. */
export function askFor(target: string, fields: readonly (readonly [string, string])[] = [], method = 'GET'): Work {
  const mark = target.indexOf('?');
  const [path, query] = mark < 0 ? [target, ''] : [target.slice(0, mark), target.slice(mark)];
  return workOf({ method, target: { path, query, raw: target }, headers: headersOf(...fields) });
}

export function answerOf(parts: Partial<Answer> = {}): Answer {
  return {
    status: 200,
    reason: '',
    headers: new Headers(),
    body: undefined,
    announcedLength: undefined,
    own: false,
    code: undefined,
    ...parts,
  };
}

/** All fields, a line each. */
export function linesOf({ names, values }: Headers): string[] {
  return names.map((name, i) => `${name}: ${values[i]}`);
}

/** `/a{path}/{1}{header:X}`: the parts of such a text, without the checks of the config. */
export function template(text: string): Template {
  return text
    .split(/(\{[^}]*\})/)
    .filter((part) => part !== '')
    .map((part) => {
      const inner = /^\{(.*)\}$/.exec(part)?.[1];
      if (inner === undefined) return { kind: 'text', text: part };
      const [kind, name] = inner.split(':');
      if (/^\d+$/.test(inner)) return { kind: 'capture', number: Number(inner) };
      return name === undefined ? { kind: 'variable', name: inner } : { kind, name };
    }) as unknown as Template;
}
