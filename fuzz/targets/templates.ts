import assert from 'node:assert/strict';

import { templateReader } from '../../src/control/config/middleware/read-template.ts';
import { fieldChar } from '../../src/wire/chars.ts';
import { askFor } from '../../src/proxy/middleware/fixtures.test.ts';
import { compileFieldTemplate, compileUrlTemplate, type Template } from '../../src/proxy/middleware/template.ts';
import { QueryEdits } from '../../src/proxy/middleware/rewrite/query-edits.ts';
import { plainTarget, type Target } from '../engine/target.ts';
import { fieldText } from './field-text.ts';

const about = {
  name: 'templates',
  about: 'nothing that a client sends ends a field, leaves its place in a URL or brings parameters of its own',
  seeds: () => [
    'https://{host}/x{path}?a={queryParam:a}&b={1}\n/p?a=1\nv',
    '/{1}/{header:X-One}/{cookie:c}{query}\n/p/q?x=%20\na=b; c=d',
    '{{literal}} {clientAddress}|{requestId}\n/\n',
  ],
  words: [
    ...[
      '{',
      '}',
      '{{',
      '{path}',
      '{query}',
      '{host}',
      '{1}',
      '{header:X-One}',
      '{cookie:c}',
      '{queryParam:a}',
      '{tls.version}',
      '{method}',
    ],
    ...[
      '?',
      '&',
      '=',
      '#',
      '/',
      '//',
      '..',
      '%',
      '%2e',
      '%0d%0a',
      '%3f',
      '+',
      ';',
      '\n',
      '\t',
      '\xe4',
      '\xff',
      '@',
      ':',
      '\\',
      'a=',
      'c=',
    ],
  ],
};

/** The first line is a person's template, the second a target, the third what a client says in fields. */
export const templates: Target = plainTarget(about, (input) => {
  const [text = '', target = '', rest = ''] = input.toString('latin1').split('\n');
  // The config takes no controls.
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  const reading = templateReader(true)(text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ''));
  if (!reading.ok) return assert.ok(reading.what !== '' && reading.remedy !== '');
  const said = fieldText(rest);
  const sent = `/${target.replace(/[^\x21-\x7e]|#/g, '')}`;
  const work = askFor(sent, [
    ['X-One', said],
    ['Cookie', `c=${said}`],
  ]);
  const captures = [said, said];
  const value = compileFieldTemplate(reading.value)(work, captures);
  for (let i = 0; i < value.length; i++)
    assert.equal(fieldChar[value.charCodeAt(i)], 1, 'a control character in a field');
  for (const place of ['url', 'query', 'value'] as const) {
    assert.match(
      compileUrlTemplate(reading.value, place)(work, captures),
      /^[\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]*$/,
      'what no URL holds',
    );
  }
  checkPlace(said);
  checkQuery(reading.value, said);
});

/** A client's text in one place of a URL changes nothing else of it. */
function checkPlace(said: string): void {
  const fixed = (text: string): string => {
    const template = templateReader(true)(text);
    assert.ok(template.ok);
    return compileUrlTemplate(template.value)(askFor('/', [['X-One', said]]), [said, said]);
  };
  const component = new URL(fixed('https://a.test/x/{header:X-One}/y?b=c'));
  assert.deepEqual([component.host, component.search, component.hash], ['a.test', '?b=c', '']);
  const captured = new URL(fixed('https://a.test/x/{1}?b=c'));
  assert.deepEqual([captured.host, captured.search, captured.hash], ['a.test', '?b=c', '']);
  const inQuery = new URL(fixed('https://a.test/?a={header:X-One}&b={1}&c=d'));
  assert.deepEqual([[...inQuery.searchParams.keys()], inQuery.hash], [['a', 'b', 'c'], ''], 'another parameter');
}

function checkQuery(template: Template, said: string): void {
  const query = said === '' ? '' : `?${said.replace(/[^\x21-\x7e]|#/g, '')}`;
  const edits = new QueryEdits({ keep: undefined, remove: ['a'], set: [{ name: 'b', value: template }], add: [] });
  const result = edits.apply(query, askFor(`/${query}`), [said]);
  const { searchParams } = new URL(`http://a.test/${result}`);
  assert.equal(searchParams.getAll('b').length, 1, 'a parameter that was set is there once');
  assert.ok(!searchParams.has('a'), 'a parameter that was removed is there');
}
