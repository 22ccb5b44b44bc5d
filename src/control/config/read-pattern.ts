import { checkRegex } from '../../proxy/index.ts';
import { bad, good, type Reading } from './reading.ts';

const remedy = 'write a regular expression of the RE2 syntax, for example "^/user/[0-9]+$"';

/** A regular expression that the linear engine takes. */
export function readPattern(text: string): Reading<string> {
  const wrong = checkRegex(text);
  return wrong === undefined ? good(text) : bad(wrong, remedy);
}
