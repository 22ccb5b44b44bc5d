import type { Work } from '../feature.ts';
import { compileUrlTemplate, type Captures, type Filled, type Template } from '../template.ts';

/** A path, and the query that comes in front of the one that is there. */
export interface TargetTemplate {
  readonly path: Template;
  /** Without its `?`; undefined: none. */
  readonly query: Template | undefined;
}

/** A target template, ready to be filled in. */
export class TargetFill {
  readonly path: Filled;
  readonly #query: Filled | undefined;

  constructor({ path, query }: TargetTemplate) {
    this.path = compileUrlTemplate(path, 'url', 'server');
    this.#query = query && compileUrlTemplate(query, 'query', 'server');
  }

  /** The new query in front of the old one, or the old one. */
  query(work: Work, captures: Captures | undefined): string {
    if (!this.#query) return work.query;
    const added = this.#query(work, captures);
    return work.query.length > 1 ? `?${added}&${work.query.slice(1)}` : `?${added}`;
  }
}
