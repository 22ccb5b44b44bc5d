import assert from 'node:assert/strict';
import { type ErrorCode, ProxyError } from '../../core/errors.ts';
import type { Headers } from '../../core/headers.ts';
import { HeadReader, type HeadReaderOptions } from './head-reader.ts';
import type { MessageLimits } from './limits.ts';
import { parseRequestHead, type RequestHead } from './request-head.ts';
import { parseResponseHead, type ResponseHead } from './response-head.ts';
import { responseFaults } from './faults.ts';

/** For the tests of this folder: limits small enough to be reached. */
export const testLimits: MessageLimits = {
  headBytes: 2048,
  fields: 20,
  lineBytes: 512,
  chunkExtensionBytes: 64,
  trailerBytes: 256,
};

/** The head as a HeadReader finds it in bytes that hold all of it. */
export function headText(message: string, options?: HeadReaderOptions): string {
  const text = new HeadReader(testLimits, options).read(Buffer.from(message, 'latin1'), 0);
  assert.ok(text !== undefined, `the head is not complete: ${JSON.stringify(message)}`);
  return text;
}

/** Lines as a request's head: from the reader through the parser. */
export function requestOf(...lines: readonly string[]): RequestHead {
  return parseRequestHead(headText(`${lines.join('\r\n')}\r\n\r\n`), testLimits);
}

/** Lines as an answer's head. */
export function responseOf(...lines: readonly string[]): ResponseHead {
  return parseResponseHead(headText(`${lines.join('\r\n')}\r\n\r\n`, { faults: responseFaults }), testLimits);
}

/** `Name: value` of each field. */
export function linesOf(headers: Headers | undefined): string[] {
  return headers === undefined ? [] : headers.names.map((name, i) => `${name}: ${headers.values[i]}`);
}

/** Expects a ProxyError of this code. */
export function refuses(code: ErrorCode, work: () => unknown, about?: string): void {
  assert.throws(
    work,
    (error: unknown) => {
      assert.ok(error instanceof ProxyError, `no ProxyError: ${String(error)}`);
      assert.equal(error.code, code, `${about ?? ''} ${error.message}`);
      return true;
    },
    about,
  );
}
