import { Headers } from '../../../core/headers.ts';
import type { ProxyResponse } from '../../exchange.ts';
import { WholeBody } from '../../whole-body.ts';
import type { Work } from '../feature.ts';

/** One answer for every request. */
export interface FixedConfig {
  readonly kind: 'fixed';
  readonly status: number;
  /** Empty: none. */
  readonly body: string;
  /** `Content-Type` among them. */
  readonly headers: readonly FixedField[];
}

export interface FixedField {
  readonly name: string;
  readonly value: string;
}

/** Gives the answer of the config. */
export class FixedAnswer {
  readonly #config: FixedConfig;
  readonly #length: string | undefined;

  constructor(config: FixedConfig) {
    this.#config = config;
    this.#length = config.body === '' ? undefined : String(Buffer.byteLength(config.body));
  }

  answer({ exchange }: Work): ProxyResponse {
    const { status, body } = this.#config;
    const sent = body !== '' && exchange.method !== 'HEAD';
    return {
      status,
      reason: '',
      headers: headersWith(this.#config.headers),
      body: sent ? new WholeBody(body) : undefined,
      announcedLength: this.#length,
    };
  }
}

export function headersWith(fields: readonly FixedField[]): Headers {
  const headers = new Headers();
  for (const { name, value } of fields) headers.add(name, value);
  return headers;
}
