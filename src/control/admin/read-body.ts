import type { IncomingMessage } from 'node:http';

/** What is still taken, and thrown away, of a body that is too long or not wanted. */
const mostDiscarded = 4_000_000;

/** How a body ended. `gone`: nobody is there to be answered. */
export type ReadBody = { readonly text: string } | 'too-long' | 'gone';

/**
 * The body of a request, if it has at most `maxBytes`. Of more, the rest is read and forgotten before this resolves: a connection
 * that is closed with bytes unread takes the answer with it. Never rejects.
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<ReadBody> {
  const { promise, resolve } = Promise.withResolvers<ReadBody>();
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
    else chunks.length = 0;
    if (bytes > maxBytes + mostDiscarded) request.destroy();
  });
  request.once('end', () => resolve(bytes > maxBytes ? 'too-long' : { text: Buffer.concat(chunks).toString() }));
  request.once('close', () => resolve('gone'));
  return promise;
}
