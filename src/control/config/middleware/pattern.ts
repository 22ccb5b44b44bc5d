import { checkRegex, compileRegex, type Template } from '../../../proxy/index.ts';
import type { ConfigPath } from '../config-problem.ts';
import { bad, good, type Reading } from '../reading.ts';
import type { Problems } from '../source.ts';
import { highestGroup } from './read-template.ts';

/** A regular expression for the linear engine. */
export function readPattern(text: string): Reading<string> {
  const wrong = checkRegex(text);
  return wrong === undefined
    ? good(text)
    : bad(wrong, 'write a regular expression of the RE2 syntax, for example ^/old/(.*)$');
}

/** Groups that a pattern does not have would always be empty. */
export function checkGroups(
  templates: readonly { readonly template: Template; readonly path: ConfigPath }[],
  pattern: string | undefined,
  problems: Problems,
): void {
  const groups = pattern === undefined ? undefined : groupsOf(pattern);
  for (const { template, path } of templates) {
    const highest = highestGroup(template);
    if (groups === undefined && template.some((part) => part.kind === 'capture')) {
      const message = `Cannot use the group {${highest}}: there is no pattern here`;
      problems.add({ path, message, remedy: 'add one, or write {{ for a plain brace' });
    } else if (groups !== undefined && highest > groups) {
      const message = `Cannot use the group {${highest}}: the pattern has ${groups === 0 ? 'none' : `only ${groups}`}`;
      problems.add({ path, message, remedy: 'put what is meant in round brackets, and count them from the left' });
    }
  }
}

/** An empty alternative matches any text, and says how many groups there are. */
function groupsOf(pattern: string): number {
  if (checkRegex(`(?:${pattern})|`) !== undefined) return 99; // Too long for that.
  return compileRegex(`(?:${pattern})|`).exec('')!.length - 1;
}
