import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import type { Readable, Writable } from 'node:stream';

/** What a connection is spoken to by. */
export type Version = 'h1' | 'h2';

/** A request that has been sent but for its body. */
export interface Asked {
  readonly body: Writable;
  /** The answer's body, once its head is there. @throws {Error} when there is none, or its status is not 200 */
  readonly answer: Promise<Readable>;
}

/** Asks one place, over one connection for each request at a time (HTTP/1) or one for all (HTTP/2). Certificates are not looked at. */
export interface Client extends Disposable {
  ask(method: 'GET' | 'POST', path: string): Asked;
}

export function clientFor(version: Version, base: string): Client {
  return version === 'h1' ? overHttp1(base) : overHttp2(base);
}

function overHttp1(base: string): Client {
  const { Agent, request } = base.startsWith('https:') ? https : http;
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  return {
    ask(method, path) {
      const body = request(`${base}${path}`, { method, agent });
      body.flushHeaders();
      const answer = new Promise<Readable>((resolve, reject) => {
        body.on('error', reject);
        body.on('response', (response: http.IncomingMessage) => settle(response.statusCode, response, resolve, reject));
      });
      return { body, answer };
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

/** Windows as browsers have them: 4 MB a stream, 16 MB a connection. */
const windows = { stream: 4 * 2 ** 20, connection: 16 * 2 ** 20 };

function overHttp2(base: string): Client {
  const session = http2.connect(base, {
    rejectUnauthorized: false,
    settings: { initialWindowSize: windows.stream },
  });
  session.on('connect', () => session.setLocalWindowSize(windows.connection));
  session.on('error', () => undefined); // The requests tell.
  return {
    ask(method, path) {
      const body = session.request({ ':method': method, ':path': path }, { endStream: method === 'GET' });
      const answer = new Promise<Readable>((resolve, reject) => {
        body.on('error', reject);
        body.on('response', (head) => settle(head[':status'], body, resolve, reject));
      });
      return { body, answer };
    },
    [Symbol.dispose]: () => session.destroy(),
  };
}

function settle(
  status: number | undefined,
  body: Readable,
  resolve: (body: Readable) => void,
  reject: (error: Error) => void,
): void {
  if (status === 200) resolve(body);
  else reject(new Error(`Cannot go on: the answer has status ${status}`));
}
