// Process of its own, started by the peer node:http2: PORT ORIGIN_PORT CERTIFICATE KEY
// The leaner of Node's two ways to answer HTTP/2, streams rather than what imitates node:http, and one agent for all of them.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';

const [portText = '', originText = '', certificate = '', key = ''] = process.argv.slice(2);
const [port, originPort] = [Number(portText), Number(originText)];
const agent = new http.Agent({ keepAlive: true, maxFreeSockets: 256 });
/** Of one connection only, or said by HTTP/2 itself. */
const dropped = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'te']);

const server = http2.createSecureServer({ cert: readFileSync(certificate), key: readFileSync(key) });
server.on('stream', (stream: http2.ServerHttp2Stream, headers) => forward(stream, headers));
server.on('sessionError', () => undefined);
server.listen({ port, host: '127.0.0.1', backlog: 4096 });

function forward(stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders): void {
  const request = http.request({
    host: '127.0.0.1',
    port: originPort,
    agent,
    method: headers[':method'] ?? 'GET',
    path: headers[':path'] ?? '/',
    headers: outgoing(stream, headers),
  });
  request.on('response', (response) => answer(stream, response));
  request.on('error', (error) => refuse(stream, error));
  stream.on('error', () => request.destroy());
  stream.on('aborted', () => request.destroy());
  if (stream.endAfterHeaders) request.end();
  else stream.pipe(request);
}

function outgoing(stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders): http.OutgoingHttpHeaders {
  const result: http.OutgoingHttpHeaders = {};
  for (const name in headers) {
    if (!name.startsWith(':') && !dropped.has(name)) result[name] = headers[name];
  }
  const host = headers[':authority'] ?? headers['host'];
  result['host'] = host;
  result['x-forwarded-host'] = host;
  result['x-forwarded-proto'] = 'https';
  const address = stream.session?.socket.remoteAddress;
  const before = headers['x-forwarded-for'];
  result['x-forwarded-for'] = before === undefined ? address : `${String(before)}, ${address}`;
  return result;
}

function answer(stream: http2.ServerHttp2Stream, response: http.IncomingMessage): void {
  if (stream.destroyed) {
    response.destroy();
    return;
  }
  const headers: http2.OutgoingHttpHeaders = { ':status': response.statusCode ?? 502 };
  for (const name in response.headers) {
    if (!dropped.has(name)) headers[name] = response.headers[name];
  }
  stream.respond(headers);
  response.on('error', () => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR));
  response.pipe(stream);
}

function refuse(stream: http2.ServerHttp2Stream, error: Error): void {
  process.stderr.write(`${error.message}\n`);
  if (stream.destroyed) return;
  if (stream.headersSent) stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
  else stream.respond({ ':status': 502 }, { endStream: true });
}
