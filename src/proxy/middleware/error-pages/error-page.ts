import type { ErrorCode } from '../../../core/errors.ts';

/** What is sent in place of an answer: plain data. */
export interface ErrorPagePlan {
  /** Undefined: the status stays. */
  readonly status: number | undefined;
  /** Undefined: browsers too get the JSON. */
  readonly html: string | undefined;
  /** Undefined: `{error, id}`. */
  readonly json: string | undefined;
}

/** What the placeholders of a page stand for. */
export interface PageFacts {
  readonly status: string;
  readonly reason: string;
  readonly id: string;
  readonly code: ErrorCode | '';
  readonly host: string;
}

type Placeholder = keyof PageFacts;

const placeholder = /\{(status|reason|id|code|host)\}/g;

/** A page with its placeholders, taken apart once. */
export class PageTemplate {
  /** Texts and placeholders by turns, texts first. */
  readonly #parts: readonly string[];
  readonly #escape: (text: string) => string;
  readonly type: string;

  constructor(text: string, kind: 'html' | 'json') {
    this.#parts = text.split(placeholder);
    this.#escape = kind === 'html' ? escapeHtml : escapeJson;
    this.type = kind === 'html' ? 'text/html; charset=utf-8' : 'application/json';
  }

  fill(facts: PageFacts): string {
    let text = '';
    for (let i = 0; i < this.#parts.length; i++) {
      const part = this.#parts[i]!;
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every second part is what the pattern caught
      text += (i & 1) === 0 ? part : this.#escape(facts[part as Placeholder]);
    }
    return text;
  }
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (sign) => entities[sign]!);
}

/** For the inside of a JSON string. */
function escapeJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
