import http from 'node:http';

/** An answer that is whole, or broke off. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly trailers: NodeJS.Dict<string>;
  /** Statuses of those that came before it. */
  readonly informed: readonly number[];
  readonly body: Buffer;
  /** It ended before its end. */
  readonly broken: boolean;
}

/** One request over HTTP/1.1, on a connection of its own. Status 0: the connection was broken off before an answer began. */
export function askHttp(port: number, options: http.RequestOptions = {}, body?: Buffer | string): Promise<HttpAnswer> {
  return new Promise((resolve) => {
    const request = http.request({ port, host: '127.0.0.1', agent: false, ...options });
    const informed: number[] = [];
    request.on('information', ({ statusCode }) => informed.push(statusCode));
    const none = Buffer.alloc(0);
    request.on('error', () => resolve({ status: 0, headers: {}, trailers: {}, informed, body: none, broken: true }));
    request.on('response', (answer) => {
      const chunks: Buffer[] = [];
      const { statusCode: status = 0, headers } = answer;
      const end = (broken: boolean): void =>
        resolve({ status, headers, trailers: answer.trailers, informed, body: Buffer.concat(chunks), broken });
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => end(false));
      answer.on('error', () => end(true));
    });
    request.end(body);
  });
}
