import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from '../measure/children.ts';
import { large, smallBody } from './origin.ts';

/** A config of many hosts takes its time to load. */
const startMs = 30_000;
/** Something that answers, but not what the origin says, will not come to its senses. */
const wrongMs = 3000;

/**
 * Waits until `base` gives the origin's small and large answer, over HTTP/2 if so asked.
 * @throws {Error} when it does not, with the process's own words
 */
export async function answersAs(child: Child, name: string, base: string, overHttp2 = false): Promise<void> {
  const begun = performance.now();
  const get = overHttp2 ? getByHttp2 : getByHttp1;
  for (;;) {
    const found = await get(`${base}/`);
    if (found.text === smallBody && found.status === 200) break;
    if (child.ended) throw new Error(`Cannot start ${name}: ${child.complaint}`);
    if (performance.now() - begun > (found.status === undefined ? startMs : wrongMs)) {
      throw new Error(`Cannot use ${name}: it gives ${describe(found)}; it says: ${child.complaint}`);
    }
    await sleep(50);
  }
  const body = await get(`${base}${large.path}`);
  if (body.length !== large.bytes) {
    throw new Error(`Cannot use ${name}: it gives ${describe(body)} for ${large.path}, not ${large.bytes}`);
  }
}

interface Answer {
  /** Undefined: there was no answer. */
  readonly status: number | undefined;
  /** The beginning of the body, or what went wrong. */
  readonly text: string;
  readonly length: number;
}

function describe({ status, text, length }: Answer): string {
  return status === undefined ? `no answer (${text})` : `status ${status} with ${length} bytes`;
}

/** The Host is one that every measured config routes. */
const host = 'h0.example.test';

/** One request on a connection of its own; a failure is an answer too. */
function getByHttp1(url: string): Promise<Answer> {
  return new Promise((resolve) => {
    const fail = (error: Error): void => resolve({ status: undefined, text: error.message, length: 0 });
    const options = { agent: false, headers: { host }, timeout: 5000, rejectUnauthorized: false };
    const request = (url.startsWith('https:') ? https : http).get(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', fail);
      response.on('end', () => {
        const body = Buffer.concat(chunks);
        resolve({ status: response.statusCode, text: body.toString('latin1', 0, 1000), length: body.length });
      });
    });
    request.on('error', fail).on('timeout', () => request.destroy(new Error('no answer in 5 s')));
  });
}

/** The same over HTTP/2. */
function getByHttp2(url: string): Promise<Answer> {
  return new Promise((resolve) => {
    const session = http2.connect(new URL(url).origin, { rejectUnauthorized: false });
    const end = (answer: Answer): void => {
      session.destroy();
      resolve(answer);
    };
    const fail = (error: Error): void => end({ status: undefined, text: error.message, length: 0 });
    session.on('error', fail).setTimeout(5000, () => fail(new Error('no answer in 5 s')));
    const stream = session.request({ ':path': new URL(url).pathname, ':authority': host });
    const chunks: Buffer[] = [];
    let status: number | undefined;
    stream.on('response', (headers) => (status = headers[':status'])).on('error', fail);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const body = Buffer.concat(chunks);
      end({ status, text: body.toString('latin1', 0, 1000), length: body.length });
    });
  });
}
