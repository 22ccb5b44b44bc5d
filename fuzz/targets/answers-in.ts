import { readChunksNaively } from './naive-chunks.ts';

/**
 * Counts the final answers that a client got, read the slow and obvious way; none of them may be to HEAD.
 * @throws {Error} where something else than an answer stands between them. The last one may be cut.
 */
export function answersIn(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\r\n\r\n', at);
    if (end < 0) return count;
    const head = text.slice(at, end);
    const status = Number(/^HTTP\/1\.1 ([1-5]\d\d) /.exec(head)?.[1]);
    if (!(status >= 100)) throw new Error(`Cannot read the answers: ${JSON.stringify(text.slice(at, at + 200))}`);
    if (status >= 200 || status === 101) count++;
    const next = bodyEnd(text, end + 4, head, status);
    if (next === undefined) return count;
    at = next;
  }
  return count;
}

/** Undefined: it goes to the end of the connection. */
function bodyEnd(text: string, from: number, head: string, status: number): number | undefined {
  if (status === 101) return undefined;
  if (status < 200 || status === 204 || status === 304) return from;
  const length = /^content-length: (\d+)$/im.exec(head)?.[1];
  if (length !== undefined) return from + Number(length);
  if (!/^transfer-encoding: chunked$/im.test(head)) return undefined;
  const body = readChunksNaively(text.slice(from), { extensionBytes: 0, trailerBytes: 65_536 });
  if (body === 'bad')
    throw new Error(`Cannot read the chunks of an answer: ${JSON.stringify(text.slice(from, from + 200))}`);
  return body === 'more' ? undefined : from + body.end;
}
