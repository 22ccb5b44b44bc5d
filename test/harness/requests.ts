/** A GET; `fields` are whole lines, each with its CRLF. */
export function get(path: string, fields = '', host = 'a.test'): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`;
}

/** A request with a body of known length. */
export function post(path: string, body: string, fields = ''): string {
  return `POST ${path} HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${body.length}\r\n${fields}\r\n${body}`;
}

/** The head of a request whose chunks follow. */
export function chunkedHead(path: string, fields = ''): string {
  return `POST ${path} HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n${fields}\r\n`;
}

/** One chunk. */
export function chunk(bytes: string): string {
  return `${bytes.length.toString(16)}\r\n${bytes}\r\n`;
}
