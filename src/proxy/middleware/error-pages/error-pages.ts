import { ProxyError } from '../../../core/errors.ts';
import type { Headers } from '../../../core/headers.ts';
import { reasonOf } from '../../../wire/http1/status-reasons.ts';
import type { Exchange } from '../../exchange.ts';
import { WholeBody } from '../../whole-body.ts';
import type { Answer, Feature, Hooks, Work } from '../feature.ts';
import { PageTemplate, type ErrorPagePlan, type PageFacts } from './error-page.ts';

export interface ErrorPagesConfig {
  /** By status (`404`) or class (`5xx`). */
  readonly pages: readonly (ErrorPagePlan & { readonly of: string })[];
  /** Answers of servers are replaced too. */
  readonly servers: boolean;
}

/** The site's own words for errors. */
export const errorPages: Feature<ErrorPagesConfig> = {
  name: 'error-pages',
  create: (config) => new ErrorPages(config),
};

interface Page {
  readonly status: number | undefined;
  readonly html: PageTemplate | undefined;
  readonly json: PageTemplate | undefined;
}

/** What an answer without a code says of itself. */
const plainJson = new PageTemplate('{"error":"status-{status}","id":"{id}"}\n', 'json');

/**
 * Fields of the answer that stay: what the client is to do next. All else told of the body that is replaced, or of the server
 * that sent it.
 */
const staying: ReadonlySet<string> = new Set([
  'allow',
  'date',
  'retry-after',
  'set-cookie',
  'strict-transport-security',
  'vary',
  'www-authenticate',
]);

class ErrorPages implements Hooks {
  readonly #pages: ReadonlyMap<string, Page>;
  readonly #servers: boolean;

  constructor({ pages, servers }: ErrorPagesConfig) {
    this.#pages = new Map(
      pages.map(({ of, status, html, json }) => [
        of,
        {
          status,
          html: html === undefined ? undefined : new PageTemplate(html, 'html'),
          json: json === undefined ? undefined : new PageTemplate(json, 'json'),
        },
      ]),
    );
    this.#servers = servers;
  }

  response(answer: Answer, { exchange }: Work): void {
    const { status } = answer;
    if (status < 400) return;
    const page = this.#pages.get(String(status)) ?? this.#pages.get(`${Math.floor(status / 100)}xx`);
    if (page === undefined || !(answer.own ? saysNothing(answer) : this.#servers)) return;
    const template = templateFor(page, answer, exchange);
    if (page.status !== undefined) {
      answer.status = page.status;
      answer.reason = '';
    }
    if (template !== undefined) replace(answer, exchange, template);
  }
}

/** A failure, or a bare status. What a feature says in words of its own stays. */
function saysNothing({ code, body, announcedLength = '0' }: Answer): boolean {
  return code !== undefined || (body === undefined && announcedLength === '0');
}

/** Undefined: the answer is good as it is. */
function templateFor(page: Page, { own, code }: Answer, exchange: Exchange): PageTemplate | undefined {
  if (page.html !== undefined && wantsHtml(exchange.headers)) return page.html;
  return page.json ?? (own && code !== undefined ? undefined : plainJson);
}

/** Browsers name it; programs that take anything do not. */
function wantsHtml(headers: Headers): boolean {
  return headers.getAll('Accept').some((value) => value.toLowerCase().includes('text/html'));
}

function replace(answer: Answer, exchange: Exchange, template: PageTemplate): void {
  const { headers } = answer;
  answer.body?.cancel(new ProxyError('server-closed', 'Cannot pass the answer on: a page of the site takes its place'));
  answer.reason = '';
  headers.filter((i) => staying.has(headers.names[i]!.toLowerCase()));
  headers.add('Content-Type', template.type);
  headers.set('Cache-Control', 'no-store');
  headers.add('X-Content-Type-Options', 'nosniff');
  const body = new WholeBody(template.fill(factsOf(answer, exchange)));
  const head = exchange.method === 'HEAD';
  answer.body = head ? undefined : body;
  answer.announcedLength = head ? String(body.length) : undefined;
}

function factsOf({ status, code }: Answer, { id, host }: Exchange): PageFacts {
  return { status: String(status), reason: reasonOf(status), id, code: code ?? '', host };
}
