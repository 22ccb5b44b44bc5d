import type { Clock } from '../../../core/clock.ts';
import { ProxyError } from '../../../core/errors.ts';
import { Headers } from '../../../core/headers.ts';
import type { ProxyResponse } from '../../exchange.ts';
import type { Verdict, Work } from '../feature.ts';
import { byteRange, type ByteRange } from './byte-range.ts';
import { isSameState, judgeConditions, type Validators } from './conditions.ts';
import { FileBody } from './file-body.ts';
import { closeFile, findFile, namesOf, type OpenFile } from './find-file.ts';
import { headersWith, type FixedField } from './fixed-answer.ts';
import { mediaTypeOf } from './media-type.ts';

/** The files of a folder. */
export interface FolderConfig {
  readonly kind: 'folder';
  /** Absolute. */
  readonly folder: string;
  /** What stands for a folder. */
  readonly index: string;
  /** Of the pages that stand for something else, index and fallback; files that were asked for by their name have 200. */
  readonly status: number;
  /** Names below the folder: what is sent in place of what is not there. Undefined: 404. */
  readonly fallback: readonly string[] | undefined;
  readonly headers: readonly FixedField[];
}

/** Answers with files. GET and HEAD only, unless the answer is about something else anyway (503). */
export class FolderAnswer {
  readonly #config: FolderConfig;
  readonly #clock: Clock;

  constructor(config: FolderConfig, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
  }

  async answer(work: Work): Promise<Verdict> {
    try {
      const { method } = work.exchange;
      if (method === 'GET' || method === 'HEAD') return await this.#named(work);
      if (this.#config.status !== 200) return await this.#fallback(work);
      return new ProxyError('method-not-allowed', 'Cannot change a file: these are for GET and HEAD');
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return new ProxyError('file-failed', `Cannot open the file: ${why}`, { cause: error });
    }
  }

  async #named(work: Work): Promise<Verdict> {
    const names = namesOf(work.path);
    if (names === undefined) return this.#fallback(work);
    const isFolder = names.at(-1) === '';
    if (isFolder) names[names.length - 1] = this.#config.index;
    const found = await findFile(this.#config.folder, names);
    if (found.kind === 'file') return this.#send(found, names.at(-1)!, work, isFolder);
    return found.kind === 'folder' && !isFolder ? this.#toFolder(work, names) : this.#fallback(work);
  }

  /** Relative links of its page would lead elsewhere without the slash. */
  async #toFolder(work: Work, names: readonly string[]): Promise<Verdict> {
    const index = await findFile(this.#config.folder, [...names, this.#config.index]);
    if (index.kind !== 'file') return this.#fallback(work);
    closeFile(index.fd);
    const headers = new Headers();
    const { path, query } = work.exchange.target;
    headers.add('Location', `${path.replace(/^\/+/, '/')}/${query}`);
    return { status: 302, reason: '', headers, body: undefined, announcedLength: undefined };
  }

  async #fallback(work: Work): Promise<Verdict> {
    const { folder, fallback } = this.#config;
    const found = fallback && (await findFile(folder, fallback));
    if (found?.kind === 'file') return this.#send(found, fallback!.at(-1)!, work, true);
    return new ProxyError('file-not-found', 'Cannot find the file: the folder has none of this name');
  }

  // --- the answer ----------------------------------------------------------------------------------------------

  #send(file: OpenFile, name: string, work: Work, standsIn: boolean): ProxyResponse {
    const headers = headersWith(this.#config.headers);
    headers.add('Content-Type', mediaTypeOf(name));
    const status = standsIn ? this.#config.status : 200;
    if (status !== 200) return answerWith(file, work, status, headers, { start: 0, length: file.size });
    const validators = this.#addValidators(file, headers);
    const { headers: asked, method } = work.exchange;
    const condition = judgeConditions(asked, validators);
    if (condition !== undefined) return withoutBody(file, condition, headers);
    headers.add('Accept-Ranges', 'bytes');
    const range = method === 'GET' && isSameState(asked.get('If-Range'), validators) ? asked.get('Range') : undefined;
    const part = range === undefined ? undefined : byteRange(range, file.size);
    if (part === undefined) return answerWith(file, work, 200, headers, { start: 0, length: file.size });
    if (part === 'none') {
      headers.add('Content-Range', `bytes */${file.size}`);
      return withoutBody(file, 416, headers);
    }
    headers.add('Content-Range', `bytes ${part.start}-${part.start + part.length - 1}/${file.size}`);
    return answerWith(file, work, 206, headers, part);
  }

  /** A date in the future says nothing (RFC 9110 section 8.8.2.1). */
  #addValidators({ size, modifiedMs }: OpenFile, headers: Headers): Validators {
    const modified = Math.floor(Math.min(modifiedMs, this.#clock.date()) / 1000);
    const etag = `"${Math.round(modifiedMs * 1000).toString(36)}-${size.toString(36)}"`;
    headers.add('ETag', etag);
    headers.add('Last-Modified', new Date(modified * 1000).toUTCString());
    return { etag, modified };
  }
}

/** The file or a part of it; a HEAD learns how long it is. */
// oxlint-disable-next-line max-params -- all of it is the answer
function answerWith(file: OpenFile, work: Work, status: number, headers: Headers, part: ByteRange): ProxyResponse {
  const sent = part.length > 0 && work.exchange.method !== 'HEAD';
  if (!sent) closeFile(file.fd);
  const body = sent ? new FileBody(file.fd, part) : undefined;
  return { status, reason: '', headers, body, announcedLength: String(part.length) };
}

/** 304 speaks of the file that the client has; 412 and 416 are about none. */
function withoutBody(file: OpenFile, status: number, headers: Headers): ProxyResponse {
  closeFile(file.fd);
  if (status !== 304) headers.remove('Content-Type');
  return { status, reason: '', headers, body: undefined, announcedLength: undefined };
}
