import http from 'node:http';
import { duplexPair, type Duplex } from 'node:stream';

/** What Node's own parser (llhttp) made of a message. */
export interface SecondReading {
  readonly start: string;
  readonly fields: readonly (readonly [string, string])[];
  readonly body: string;
}

/** llhttp knows these methods only. */
export function isKnownMethod(method: string): boolean {
  return http.METHODS.includes(method);
}

/**
 * Reads the first request in these bytes by another parser than ours.
 * @returns undefined where it refuses them or waits for more.
 */
export function readRequestBySecond(bytes: Buffer): Promise<SecondReading | undefined> {
  const { promise, resolve } = Promise.withResolvers<SecondReading | undefined>();
  const server = http.createServer({ insecureHTTPParser: false, requireHostHeader: false });
  const [here, there] = duplexPair();
  const take = (request: http.IncomingMessage): void => {
    const start = `${request.method} ${request.url} HTTP/${request.httpVersion}`;
    void collect(request).then((body) =>
      resolve(body === undefined ? undefined : { start, fields: pairsOf(request.rawHeaders), body }),
    );
  };
  server.on('request', take).on('checkContinue', take).on('checkExpectation', take);
  server.on('upgrade', (request: http.IncomingMessage, socket: Duplex) => (take(request), socket.destroy()));
  server.on('connect', () => resolve(undefined)).on('clientError', () => undefined);
  there.on('error', () => undefined);
  here.on('error', () => undefined).resume();
  server.emit('connection', there);
  here.write(bytes);
  return withinTurns(promise).finally(() => (here.destroy(), there.destroy(), server.close()));
}

/** The same for the final answer in these bytes, which a server sent and then closed. @param method of the request. */
export function readResponseBySecond(bytes: Buffer, method: string): Promise<SecondReading | undefined> {
  const { promise, resolve } = Promise.withResolvers<SecondReading | undefined>();
  const [here, there] = duplexPair();
  const request = http.request({ method, host: 'a.test', createConnection: () => there, insecureHTTPParser: false });
  request.on('response', (answer) => {
    const start = `HTTP/${answer.httpVersion} ${answer.statusCode} ${answer.statusMessage}`;
    void collect(answer).then((body) =>
      resolve(body === undefined ? undefined : { start, fields: pairsOf(answer.rawHeaders), body }),
    );
  });
  request.on('error', () => undefined);
  request.on('upgrade', () => resolve(undefined)).end();
  here.on('error', () => undefined);
  // It may not answer before it was asked.
  here.once('data', () => here.end(bytes));
  return withinTurns(promise).finally(() => (here.destroy(), request.destroy()));
}

/** All in memory: what has not come after some turns of the event loop does not come. */
async function withinTurns<T>(reading: Promise<T>): Promise<T | undefined> {
  const turns = async (): Promise<undefined> => {
    for (let i = 0; i < 8; i++) await new Promise((resolve) => void setImmediate(resolve));
    return undefined;
  };
  return Promise.race([reading, turns()]);
}

function pairsOf(raw: readonly string[]): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, i) => [raw[2 * i]!, raw[2 * i + 1]!]);
}

/** Undefined: it is not whole. */
async function collect(message: http.IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  message.on('data', (piece: Buffer) => void pieces.push(piece));
  const { promise, resolve } = Promise.withResolvers<void>();
  message
    .on('error', () => undefined)
    .on('close', () => resolve())
    .on('end', () => resolve());
  await promise;
  return message.complete ? Buffer.concat(pieces).toString('latin1') : undefined;
}
