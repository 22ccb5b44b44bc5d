import net from 'node:net';

import { turns } from '../harness/until.ts';
import { heardId, heardTarget } from './heard.ts';
import type { TestMessage } from './messages.ts';

/** What a client saw of one attempt. */
export interface Attempt {
  readonly number: number;
  /** Ids that the server's answers named, in order: which of the requests were answered, as the client saw it. */
  readonly answered: readonly string[];
  /** What is wrong already: the connection never ended, or the request behind was not answered as itself. */
  readonly wrong: readonly string[];
}

/** Postern's answer where a server could not be reached, or closed without a word. */
const ownFailure = /^HTTP\/1\.1 502 .*"error":"server-(?:refused|reset|closed)"/s;

/** Longer than anything may take; each wait of Postern's and the peers' in these runs is shorter or far longer. */
const patienceMs = 15_000;

const idLine = new RegExp(`\\r\\n${heardId}: (\\S*)\\r\\n`, 'gi');
const targetLine = new RegExp(`\\r\\n${heardTarget}: (\\S*)\\r\\n`, 'i');

/**
 * A way through Postern to one server, used by one message at a time: a listener, a route and a pool of its own. So the
 * pool has one server connection, and what a message has left behind on it meets the marker that is sent next.
 */
export class Lane {
  readonly server: string;
  /** As the pool and the listener are called. */
  readonly name: string;
  readonly #port: number;
  #markers: net.Socket | undefined;

  constructor(server: string, name: string, port: number) {
    this.server = server;
    this.name = name;
    this.#port = port;
  }

  /** Sends a message on a connection of its own, in one piece or two, and then a marker. */
  async send({ number, bytes, cut }: TestMessage): Promise<Attempt> {
    const sent = await this.#exchange(bytes, cut);
    const wrong: string[] = [];
    if (sent === undefined) wrong.push(`the client's connection did not end in ${patienceMs} ms`);
    const answered = [...(sent ?? '').matchAll(idLine)].map((match) => match[1]!);
    const marker = await this.#mark(number);
    if (marker !== '') wrong.push(marker);
    return { number, answered, wrong };
  }

  close(): void {
    this.#markers?.destroy();
  }

  /** Writes all of it, ends, and waits for the end. @returns what came back; undefined: no end of it. */
  #exchange(message: Buffer, cut: number): Promise<string | undefined> {
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const socket = net.connect({ port: this.#port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    let text = '';
    const late = setTimeout(() => {
      socket.destroy();
      resolve(undefined);
    }, patienceMs);
    socket.on('data', (chunk: Buffer) => void (text += chunk.toString('latin1')));
    socket.on('error', () => {});
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      clearTimeout(late);
      resolve(text);
    });
    if (cut > 0 && cut < message.length) void inTwo(socket, message, cut);
    else socket.end(message);
    return promise;
  }

  /** @returns what is wrong with the answer to `GET /marker-<number>`; empty: nothing. */
  async #mark(number: number): Promise<string> {
    const marker = `/marker-${number}`;
    const request = `GET ${marker} HTTP/1.1\r\nHost: marker.test\r\n\r\n`;
    let answer = await headFrom(this.#markerSocket(), request);
    // A server that has failed, and says nothing, misunderstands nothing. It may be there again.
    if (ownFailure.test(answer)) answer = await headFrom(this.#markerSocket(), request);
    if (targetLine.exec(answer)?.[1] === marker && answer.startsWith('HTTP/1.1 200 ')) return '';
    this.#markers?.destroy();
    return `the marker behind it was answered with ${JSON.stringify(answer.slice(0, 300))}`;
  }

  #markerSocket(): net.Socket {
    if (this.#markers === undefined || this.#markers.destroyed) {
      this.#markers = net.connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
      this.#markers.on('error', () => {});
    }
    return this.#markers;
  }
}

async function inTwo(socket: net.Socket, message: Buffer, cut: number): Promise<void> {
  socket.write(message.subarray(0, cut));
  await turns(3);
  socket.end(message.subarray(cut));
}

/** Sends, and waits for a head. */
function headFrom(socket: net.Socket, request: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = '';
  const done = (): void => {
    clearTimeout(late);
    socket.off('data', onData).off('close', done);
    resolve(text);
  };
  const onData = (chunk: Buffer): void => {
    text += chunk.toString('latin1');
    if (text.includes('\r\n\r\n')) done();
  };
  const late = setTimeout(done, patienceMs);
  socket.on('data', onData).on('close', done);
  socket.write(request);
  return promise;
}
