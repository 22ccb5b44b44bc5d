import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { parse } from 'yaml';
import { z } from 'zod';

import { bytesOf, type Spelling } from './bytes.ts';

/** What both kinds of cases say. */
interface Named {
  /** A sentence, unique in its list. */
  readonly name: string;
  /** Where the rule or the trick is written: `RFC 9112 6.1`, `CVE-2019-18277`, ... */
  readonly source: string;
  /** Anything that a reader should know. */
  readonly note?: string | undefined;
  /** By a MAY or SHOULD of the source the other outcome is right too: peers are not blamed for it. Default: false. */
  readonly free: boolean;
}

/** A refusal. */
export interface Refusal {
  /** Status of the answer; 0: the connection ends without one. */
  readonly status: number;
  /** Reason code of the log line; several where it depends on how the bytes are cut into packets. */
  readonly reason?: string | readonly string[] | undefined;
}

/** What the server must have received of one request that passed. */
export interface Heard {
  /** The request line without the version: `GET /a?b`. */
  readonly line: string;
  /** Decoded body; default: none. */
  readonly body?: Buffer | undefined;
  /** Field lines that must be there, as `Name: value`, whatever the case of the name. */
  readonly fields?: readonly string[] | undefined;
  /** Names of fields that must not be there. */
  readonly without?: readonly string[] | undefined;
  /** All trailers that must be there, and no other; default: any. */
  readonly trailers?: readonly string[] | undefined;
}

/** What a client sends, and what must become of it. */
export interface RequestCase extends Named {
  /** All that the client sends on its connection. */
  readonly send: Buffer;
  /** What the client does then: waits for answers (default), or ends its side first. */
  readonly then: 'wait' | 'end';
  /** Requests that must reach the server, in order; then, with `refused`, the connection ends. Default: none. */
  readonly passed: readonly Heard[];
  readonly refused?: Refusal | undefined;
}

/** The answer that the client must get whole. */
export interface Answered {
  readonly status: number;
  /** Decoded body; default: any. */
  readonly body?: Buffer | undefined;
  readonly fields?: readonly string[] | undefined;
  readonly without?: readonly string[] | undefined;
  readonly trailers?: readonly string[] | undefined;
  /** Interim statuses that must come before, in order; default: none. */
  readonly interim: readonly number[];
}

/** What a server answers, and what must become of it: it passes, is refused, or is cut. */
export interface ResponseCase extends Named {
  /** What the client sends; default: `GET /`. */
  readonly request: Buffer;
  /** All that the server sends once it has read the request's head. */
  readonly answer: Buffer;
  /** What the server does then: keeps the connection (default), ends its side, or resets it. */
  readonly then: 'wait' | 'end' | 'reset';
  readonly passed?: Answered | undefined;
  /** Nothing of the answer passes: the client gets this. */
  readonly refused?: Refusal | undefined;
  /** Begun and not ended: the client must be able to tell that it is not whole. The reason code of the log line. */
  readonly cut?: string | undefined;
  /** Is the server's connection used again? Checked where it is said. */
  readonly reused?: boolean | undefined;
}

const piece = z.union([z.string(), z.strictObject({ repeat: z.string(), times: z.int().min(0) })]);
const bytes = z.union([piece, z.array(piece)]).transform((spelling) => bytesOf(spelling as Spelling));
const lines = z.array(z.string()).optional();

const named = {
  name: z.string().min(3),
  source: z.string().min(3),
  note: z.string().optional(),
  free: z.boolean().default(false),
};

const refusal = z.strictObject({
  status: z.int().min(0).max(599),
  reason: z.union([z.string(), z.array(z.string())]).optional(),
});

const heard = z.strictObject({
  line: z.string(),
  body: bytes.optional(),
  fields: lines,
  without: lines,
  trailers: lines,
});

const requestCase: z.ZodType<RequestCase> = z
  .strictObject({
    ...named,
    send: bytes,
    // oxlint-disable-next-line unicorn/no-thenable -- a word of the files; nobody awaits a schema
    then: z.enum(['wait', 'end']).default('wait'),
    passed: z.array(heard).default([]),
    refused: refusal.optional(),
  })
  .refine((one) => one.passed.length > 0 || one.refused !== undefined, 'a case passes something or is refused');

const answered = z.strictObject({
  status: z.int(),
  body: bytes.optional(),
  fields: lines,
  without: lines,
  trailers: lines,
  interim: z.array(z.int()).default([]),
});

const responseCase: z.ZodType<ResponseCase> = z
  .strictObject({
    ...named,
    request: bytes.default(Buffer.from('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')),
    answer: bytes,
    // oxlint-disable-next-line unicorn/no-thenable -- a word of the files; nobody awaits a schema
    then: z.enum(['wait', 'end', 'reset']).default('wait'),
    passed: answered.optional(),
    refused: refusal.optional(),
    cut: z.string().optional(),
    reused: z.boolean().optional(),
  })
  .refine(
    (one) => [one.passed, one.refused, one.cut].filter((outcome) => outcome !== undefined).length === 1,
    'a case passes, is refused, or is cut: one of the three',
  );

/**
 * All cases of requests: the files of `requests/`, in the order of their names.
 * @param wanted by the name of a file; default: all.
 * @throws where a file is wrong.
 */
export function requestCases(wanted?: (file: string) => boolean): RequestCase[] {
  return casesOf('requests', requestCase, wanted);
}

/** All cases of responses: the files of `responses/`. @throws where a file is wrong. */
export function responseCases(): ResponseCase[] {
  return casesOf('responses', responseCase);
}

function casesOf<T extends { name: string }>(
  folder: string,
  schema: z.ZodType<T>,
  wanted: (file: string) => boolean = () => true,
): T[] {
  const where = path.join(import.meta.dirname, folder);
  const files = readdirSync(where).filter((file) => file.endsWith('.yaml') && wanted(file));
  const cases = files.toSorted().flatMap((file) => casesOfFile(path.join(where, file), schema));
  const names = new Set<string>();
  for (const { name } of cases) {
    if (names.has(name)) throw new Error(`Cannot have two cases with the name ${JSON.stringify(name)} in ${folder}`);
    names.add(name);
  }
  return cases;
}

function casesOfFile<T>(file: string, schema: z.ZodType<T>): T[] {
  const list = z.array(z.unknown()).parse(parse(readFileSync(file, 'utf8')));
  return list.map((item, index) => {
    const result = schema.safeParse(item);
    if (result.success) return result.data;
    const name = JSON.stringify((item as { name?: unknown } | null)?.name) ?? `number ${index + 1}`;
    throw new Error(`Cannot use the case ${name} of ${file}: ${z.prettifyError(result.error)}`);
  });
}
