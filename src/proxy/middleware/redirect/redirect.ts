import { Headers } from '../../../core/headers.ts';
import { compileRegex, type LinearRegex } from '../../linear-regex.ts';
import type { Feature, Hooks, Verdict, Work } from '../feature.ts';
import { compileUrlTemplate, type Captures, type Filled, type Template } from '../template.ts';

export interface RedirectConfig {
  /** A URL, or a path. Up to the end of its host it is fixed, but for `{scheme}` and `{host}`. */
  readonly to: Template;
  readonly status: 301 | 302 | 303 | 307 | 308;
  /** For the client's path; others go on. Undefined: every request. */
  readonly match: string | undefined;
}

/** Sends clients to another URL. */
export const redirect: Feature<RedirectConfig> = {
  name: 'redirect',
  create({ to, status, match }): Hooks {
    const way = new Redirect(compileUrlTemplate(to), status, match === undefined ? undefined : compileRegex(match));
    return { request: (work) => way.answer(work) };
  },
};

class Redirect {
  readonly #to: Filled;
  readonly #status: number;
  readonly #match: LinearRegex | undefined;

  constructor(to: Filled, status: number, match: LinearRegex | undefined) {
    this.#to = to;
    this.#status = status;
    this.#match = match;
  }

  answer(work: Work): Verdict {
    let captures: Captures | undefined;
    if (this.#match) {
      captures = this.#match.exec(work.exchange.target.path);
      if (captures === undefined) return undefined;
    }
    const headers = new Headers();
    headers.add('Location', safeLocation(this.#to(work, captures)));
    return { status: this.#status, reason: '', headers, body: undefined, announcedLength: undefined };
  }
}

/**
 * Browsers take `//name` and, since they read backslashes as slashes, `/\name` for another host. A path that begins so is
 * what a client made of its own; it becomes one on this host.
 */
function safeLocation(location: string): string {
  let slashes = 0;
  while (location.charCodeAt(slashes) === 0x2f) slashes++;
  return slashes < 2 ? location : location.slice(slashes - 1);
}
