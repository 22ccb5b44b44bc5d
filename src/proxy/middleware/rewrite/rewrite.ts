import { ProxyError } from '../../../core/errors.ts';
import { normalisePath } from '../../../wire/path.ts';
import type { Feature, Hooks, Verdict, Work } from '../feature.ts';
import { QueryEdits, type QueryEditsConfig } from './query-edits.ts';
import { RegexRewrite, type RegexRewriteConfig } from './regex-rewrite.ts';
import { replacePrefix } from './replace-prefix.ts';
import { TargetFill, type TargetTemplate } from './target-template.ts';

/** What is done to the target that a server is told, in this order. */
export interface RewriteConfig {
  /** Without slashes at the end; an empty one is the root. */
  readonly prefixes: readonly { readonly from: string; readonly to: string }[];
  readonly regex: RegexRewriteConfig | undefined;
  readonly path: TargetTemplate | undefined;
  readonly query: QueryEditsConfig | undefined;
}

/** Changes path and query on their way to a server. What the route was chosen by stays as it was. */
export const rewrite: Feature<RewriteConfig> = {
  name: 'rewrite',
  create(config): Hooks {
    const way = new Rewrite(config);
    return { request: (work) => way.change(work) };
  },
};

class Rewrite {
  readonly #prefixes: RewriteConfig['prefixes'];
  readonly #regex: RegexRewrite | undefined;
  readonly #path: TargetFill | undefined;
  readonly #query: QueryEdits | undefined;

  constructor({ prefixes, regex, path, query }: RewriteConfig) {
    this.#prefixes = prefixes;
    this.#regex = regex && new RegexRewrite(regex);
    this.#path = path && new TargetFill(path);
    this.#query = query && new QueryEdits(query);
  }

  change(work: Work): Verdict {
    const before = work.path;
    if (before === '*') return undefined; // `OPTIONS *` is for no path.
    for (const { from, to } of this.#prefixes) work.path = replacePrefix(work.path, from, to);
    const captures = this.#regex?.change(work);
    if (this.#path) [work.path, work.query] = [this.#path.path(work), this.#path.query(work, undefined)];
    if (this.#query) work.query = this.#query.apply(work.query, work, captures);
    return work.path === before ? undefined : settle(work, before.includes('//'));
  }
}

/** Dot segments, also such as a server would decode. */
const dotSegment = /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i;

/**
 * Brings the new path to the form that all paths have. A dot segment in it came about as parts were put together, or from a
 * value that a client sent: it would lead out of the folder that the config names, and is refused.
 */
function settle(work: Work, keepSlashes: boolean): Verdict {
  const path = oneSlash(work.path);
  if (dotSegment.test(path)) return new ProxyError('bad-path', 'Cannot rewrite the path: it would have a dot segment');
  try {
    work.path = normalisePath(path, { mergeSlashes: !keepSlashes });
    return undefined;
  } catch (error) {
    if (error instanceof ProxyError) return error;
    throw error;
  }
}

/** `//name` at the beginning reads as a host. */
function oneSlash(path: string): string {
  let slashes = 0;
  while (path.charCodeAt(slashes) === 0x2f) slashes++;
  return slashes === 1 ? path : `/${path.slice(slashes)}`;
}
