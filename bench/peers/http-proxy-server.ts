// Process of its own, started by the peer http-proxy-3: PORT ORIGIN_PORT
import http from 'node:http';
import { createProxyServer } from 'http-proxy-3';

const [port, originPort] = process.argv.slice(2).map(Number);
const agent = new http.Agent({ keepAlive: true, maxFreeSockets: 256 });
const proxy = createProxyServer({ target: `http://127.0.0.1:${originPort}`, agent, xfwd: true });
proxy.on('error', (error, _request, response) => {
  process.stderr.write(`${error.message}\n`);
  if ('writeHead' in response && !response.headersSent) response.writeHead(502);
  response.end();
});
const server = http.createServer((request, response) => proxy.web(request, response));
server.keepAliveTimeout = 3_600_000;
server.listen({ port, host: '127.0.0.1', backlog: 4096 });
