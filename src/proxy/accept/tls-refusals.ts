import type net from 'node:net';

/** An alert record, as it goes out before anything is encrypted (RFC 8446 sections 5.1 and 6): fatal, and which. */
const unrecognizedName: Buffer = Buffer.of(0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 112);

const httpsWords = 'This is an HTTPS port: write https:// in front of the address\n';

const plainAnswer =
  'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n' +
  `Content-Length: ${httpsWords.length}\r\nConnection: close\r\n\r\n${httpsWords}`;

/** Tells a client that no certificate is for the name that it asks for. Node has no way to say so. */
export function refuseName(raw: net.Socket): void {
  raw.write(unrecognizedName);
}

/** Tells a client that speaks plain HTTP what this is. */
export function refusePlainHttp(raw: net.Socket): void {
  raw.write(plainAnswer, 'latin1');
}
