import { Field } from '../../../core/field-names.ts';
import { Headers } from '../../../core/headers.ts';
import { roomForFields, type HpackEncoder } from '../../../wire/http2/hpack-encoder.ts';
import { writeFields } from '../../../wire/http2/write-heads.ts';
import type { Exchange, ProxyResponse } from '../../exchange.ts';
import type { HeadToSend } from '../../http2/stream.ts';

/** Bytes that `:status`, Date and Content-Length take at most, names and all. */
const OWN_ROOM = 160;

const none = new Headers();

/** The head of an answer, with our own Content-Length and (RFC 9110 section 6.6.1) Date: neither framing nor Connection. */
export class AnswerFields implements HeadToSend {
  readonly room: number;
  readonly #status: number;
  readonly #headers: Headers;
  /** Empty: none. */
  readonly #date: string;
  readonly #length: string | undefined;

  constructor(exchange: Exchange, response: ProxyResponse, date: { value(): string }) {
    const { headers, status } = response;
    // RFC 8441 section 5: what opens a tunnel is a 200, and nobody has asked for a proof of it.
    this.#headers = status === 101 ? withoutAccept(headers) : headers;
    this.#status = status === 101 ? 200 : status;
    this.#date = headers.ids.includes(Field.Date) ? '' : date.value();
    this.#length = status === 101 ? undefined : lengthOf(exchange, response);
    this.room = roomForFields(headers) + OWN_ROOM;
  }

  write(encoder: HpackEncoder): void {
    encoder.status(this.#status);
    if (this.#date !== '') encoder.field('date', this.#date);
    if (this.#length !== undefined) encoder.field('content-length', this.#length);
    writeFields(encoder, this.#headers);
  }
}

/** The head of a 1xx. */
export class InterimFields implements HeadToSend {
  readonly room: number;
  readonly #status: number;
  readonly #headers: Headers;

  constructor(status: number, headers: Headers = none) {
    this.#status = status;
    this.#headers = headers;
    this.room = roomForFields(headers) + OWN_ROOM;
  }

  write(encoder: HpackEncoder): void {
    encoder.status(this.#status);
    writeFields(encoder, this.#headers);
  }
}

/** As HTTP/1 would say it; undefined: the end will tell, or there is none to tell. */
function lengthOf(exchange: Exchange, { body, status, announcedLength }: ProxyResponse): string | undefined {
  if (body !== undefined) return body.length === undefined ? undefined : String(body.length);
  if (status === 204) return undefined;
  return exchange.method === 'HEAD' || status === 304 ? announcedLength : '0';
}

function withoutAccept(headers: Headers): Headers {
  const kept = new Headers();
  const { names, values, ids } = headers;
  for (let i = 0; i < names.length; i++)
    if (names[i]!.toLowerCase() !== 'sec-websocket-accept') kept.add(names[i]!, values[i]!, ids[i]);
  return kept;
}
