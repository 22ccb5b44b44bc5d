import assert from 'node:assert/strict';

import { readConfigOf } from '../../src/control/import/read-config.ts';
import { readReverseLines } from '../../src/control/import/read-reverse-lines.ts';
import { writeConfig } from '../../src/control/import/write-config.ts';
import { writeReverseLines } from '../../src/control/import/write-reverse-lines.ts';
import { plainTarget, type Target } from '../engine/target.ts';

const about = {
  name: 'reverse-lines',
  about: 'lines are refused with words, or become a config that is taken, whose routes are the same lines again',
  seeds: () => [
    '/app/,http://10.0.0.5/app/ https://b.test,http://10.0.0.2,httpsonly',
    'apache_reverse = "/helpdesk,http://10.0.0.9/helpdesk"',
    '# comment\nhttps://d.test/x,https://10.0.0.4:8443/y,httpsredirect\n/,http://[fd00::8]/',
    'http://a.test,http://10.0.0.1',
  ],
  words: [
    ...[
      ',',
      ' ',
      '\n',
      '#',
      '/',
      '//',
      '/app',
      'http://',
      'https://',
      'HTTP://',
      ':80',
      ':8080',
      '[::1]',
      'httpsonly',
      'httpsredirect',
      ',httpsonly',
      '"',
      "'",
      'apache_reverse',
      '=',
    ],
    ...[
      'a.test',
      '*.a.test',
      '*',
      '..',
      '%2e',
      '%',
      '?x',
      '\\',
      '{',
      '}',
      '${X}',
      ': ',
      '- ',
      '\t',
      '\0',
      '\xe4',
      '\u00ff',
      '@',
      'user@',
      '.',
      '_',
    ],
  ],
};

const options = { passHost: false, ignoreCase: false, blockNtlm: false, blockNegotiate: false };

export const reverseLines: Target = plainTarget(about, async (input) => {
  const text = input.toString('latin1');
  const { items, problems } = readReverseLines(text);
  assert.ok(items.length > 0 || problems.length > 0, 'neither read nor refused');
  assert.ok(
    problems.every((problem) => problem.startsWith('Cannot ')),
    'another kind of problem',
  );
  if (problems.length > 0) return;
  const config = await readConfigOf(writeConfig(items, options), '/nowhere/postern.yaml', {
    environment: {},
    instance: '',
  });
  assert.ok(config.ok, `what is written is refused: ${JSON.stringify(config)}`);
  const exported = writeReverseLines(config.config);
  const again = readReverseLines(exported.lines.join('\n'));
  if (exported.notes.length > 0) return;
  assert.deepEqual(again.problems, [], 'what is written back is refused');
  const shown = (list: typeof items): string[] =>
    list
      .map(({ from, to, httpsOnly, httpsRedirect }) => JSON.stringify([from, to, httpsOnly, httpsRedirect]))
      .toSorted();
  assert.deepEqual(shown(again.items), shown(items), 'other lines come back');
});
