import { compileRegex, type LinearRegex } from '../../linear-regex.ts';
import type { Work } from '../feature.ts';
import type { Captures } from '../template.ts';
import { TargetFill, type TargetTemplate } from './target-template.ts';

export interface RegexRewriteConfig {
  /** Unanchored, as is usual. */
  readonly match: string;
  /** What takes the place of what matched. With `all` it has groups of the pattern, but no variables and no query. */
  readonly to: TargetTemplate;
  /** Every match is replaced, not only the first. */
  readonly all: boolean;
}

/** Replaces what a pattern finds in the path. */
export class RegexRewrite {
  readonly #match: LinearRegex;
  readonly #to: TargetFill;
  /** For the engine; undefined: only the first match is replaced. */
  readonly #replacement: string | undefined;

  constructor({ match, to, all }: RegexRewriteConfig) {
    this.#match = compileRegex(match);
    this.#to = new TargetFill(to);
    this.#replacement = all ? replacementOf(to) : undefined;
  }

  /** @returns the match; undefined: there is none, and nothing was changed. */
  change(work: Work): Captures | undefined {
    const { path } = work;
    const found = this.#match.exec(path);
    if (found === undefined) return undefined;
    if (this.#replacement !== undefined) {
      work.path = this.#match.replace(path, this.#replacement);
      return found;
    }
    const [query, middle] = [this.#to.query(work, found), this.#to.path(work, found)];
    work.path = path.slice(0, found.index) + middle + path.slice(found.index + found[0]!.length);
    work.query = query;
    return found;
  }
}

/** Two digits each, so that what follows a group cannot be read as a part of its number. */
function replacementOf({ path }: TargetTemplate): string {
  return path
    .map((part) => {
      if (part.kind === 'text') return part.text.replaceAll('$', '$$$$');
      return part.kind === 'capture' ? captureOf(part.number) : '';
    })
    .join('');
}

function captureOf(number: number): string {
  return number === 0 ? '$&' : `$${String(number).padStart(2, '0')}`;
}
