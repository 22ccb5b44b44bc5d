/** Words of HTTP/1.1 heads: those that decide where a message ends, and what hides them. */
const headWords: readonly string[] = [
  ...[
    '\r\n',
    '\r\n\r\n',
    '\n',
    '\r',
    '\r\n ',
    '\r\n\t',
    '\0',
    ' ',
    '\t',
    ':',
    ': ',
    ',',
    ';',
    '\x0b',
    '\x7f',
    '\xa0',
    '\xe4',
    '_',
  ],
  ...['Content-Length: 5\r\n', 'Content-Length: 0\r\n', 'Content-Length:', 'content-length', 'Content_Length: 5\r\n'],
  ...[
    'Transfer-Encoding: chunked\r\n',
    'Transfer-Encoding:',
    'transfer-encoding',
    'chunked',
    'identity',
    'gzip, chunked',
  ],
  ...[
    'Host: b.test\r\n',
    'Host:',
    'Connection: close\r\n',
    'Connection: Keep-Alive, x-one\r\n',
    'Connection: Upgrade\r\n',
  ],
  ...[
    'Upgrade: websocket\r\n',
    'Upgrade: h2c\r\n',
    'Expect: 100-continue\r\n',
    'TE: trailers\r\n',
    'X-One: 1\r\n',
    'Trailer: x-end\r\n',
  ],
  ...['X-Forwarded-For: 1.2.3.4\r\n', 'Cookie: a=b; c=d\r\n', 'Keep-Alive: timeout=5\r\n', 'Proxy-Connection: x\r\n'],
  ...['HTTP/1.1', 'HTTP/1.0', 'HTTP/1.2', 'HTTP/2.0', 'HTTP/0.9', 'HTTP/1.1\r\n'],
];

export const requestWords: readonly string[] = [
  ...headWords,
  ...[
    'GET / HTTP/1.1\r\n',
    'POST / HTTP/1.1\r\n',
    'HEAD ',
    'OPTIONS ',
    'CONNECT ',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    '*',
  ],
  ...['http://a.test/', 'https://a.test:443', 'a.test:80', '/a?b=c', '/../', '/%2e%2e/', '//', '\\', '#', '%00', '%2F'],
];

export const responseWords: readonly string[] = [
  ...headWords,
  ...[
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 100 Continue\r\n\r\n',
    'HTTP/1.1 101 ',
    'HTTP/1.1 103 Early Hints\r\n',
    ' 204 ',
    ' 304 ',
    ' 99',
    ' 1000',
  ],
  ...[
    'Location: http://10.0.0.1/\r\n',
    'Set-Cookie: a=b; Path=/\r\n',
    'Link: </x>; rel=preload\r\n',
    'Content-Type: text/html\r\n',
  ],
];

export const requestSeeds: readonly string[] = [
  'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n',
  'GET /a/b?c=d HTTP/1.0\r\n\r\n',
  'POST /x HTTP/1.1\r\nHost: a.test:8080\r\nContent-Length: 5\r\nX-One: 1\r\n\r\nhello',
  'POST /x HTTP/1.1\r\nHost: [::1]:80\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\n\r\n5\r\nhello\r\n0\r\nx-end: 1\r\n\r\n',
  'GET http://a.test/x HTTP/1.1\r\nHost: a.test\r\nConnection: close, x-one\r\nX-One: 1\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n',
  'GET /ws HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n',
  '\r\n\r\nPUT /up HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 3\r\nUser-Agent: curl/8\r\nAccept: */*\r\n\r\nabc',
];

export const responseSeeds: readonly string[] = [
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-end\r\n\r\n2\r\nok\r\n0\r\nx-end: 1\r\n\r\n',
  'HTTP/1.0 302 Found\r\nLocation: /x\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n\r\n',
  'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 99\r\nConnection: close\r\n\r\n',
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x02hi',
  'HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\nHTTP/1.1 204 \r\n\r\n',
  'HTTP/1.1 500\r\nServer: x\r\n\r\nuntil close',
];
