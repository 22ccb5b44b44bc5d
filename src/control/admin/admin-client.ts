import { request, type IncomingMessage } from 'node:http';

import { codeOf } from '../code-of.ts';
import { messageOf } from '../message-of.ts';
import type { AdminAnswer } from './admin-answer.ts';

/** An answer that is longer is not Postern's. */
const maxAnswerBytes = 16 * 1024 * 1024;

export interface AdminCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  /** Longest wait for the answer. */
  readonly timeoutMs: number;
}

/** No running Postern could be asked; the message says what to do. `absent`: nothing listens there. */
export class AdminUnreachable extends Error {
  readonly absent: boolean;

  constructor(message: string, absent: boolean, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AdminUnreachable';
    this.absent = absent;
  }
}

/**
 * Asks the Postern behind a control socket.
 * @throws {AdminUnreachable} where there is no answer, or none of Postern's.
 */
export async function callAdmin(socketPath: string, call: AdminCall): Promise<AdminAnswer> {
  try {
    return await exchange(socketPath, call);
  } catch (error) {
    throw unreachable(socketPath, call, error);
  }
}

async function exchange(socketPath: string, call: AdminCall): Promise<AdminAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const body = call.body === undefined ? '' : JSON.stringify(call.body);
  const outgoing = request({
    socketPath,
    method: call.method,
    path: call.path,
    agent: false,
    headers: { host: 'postern', 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    signal: AbortSignal.timeout(call.timeoutMs),
  });
  outgoing.on('response', resolve);
  outgoing.on('error', reject);
  outgoing.end(body);
  const response = await promise;
  return { status: response.statusCode ?? 0, body: JSON.parse(await readAnswer(response)) as unknown };
}

async function readAnswer(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxAnswerBytes) throw new Error(`the answer has more than ${maxAnswerBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function unreachable(socketPath: string, call: AdminCall, cause: unknown): AdminUnreachable {
  const code = codeOf(cause);
  const begin = `Cannot reach Postern at ${socketPath}:`;
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    const remedy = 'start it with "postern run", or name its socket with --socket';
    return new AdminUnreachable(`${begin} nothing listens there; ${remedy}`, true, { cause });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new AdminUnreachable(`${begin} only the user that runs it may; run this as that user`, false, { cause });
  }
  if (cause instanceof Error && (cause.name === 'AbortError' || cause.name === 'TimeoutError')) {
    return new AdminUnreachable(`${begin} no answer came within ${call.timeoutMs / 1000} s`, false, { cause });
  }
  if (cause instanceof SyntaxError || code?.startsWith('HPE_') === true) {
    return new AdminUnreachable(`${begin} what answers there is not Postern`, false, { cause });
  }
  return new AdminUnreachable(`${begin} ${messageOf(cause)}`, false, { cause });
}
