import assert from 'node:assert/strict';

import type { Pattern } from './pattern.ts';
import type { RawPeer } from './raw-peer.ts';
import { until } from './until.ts';

export interface BodyStream {
  readonly pattern: Pattern;
  readonly length: number;
  readonly chunked: boolean;
}

/** Takes a body off its framing and checks each byte as it comes, so that nothing large is kept. The head has been taken. */
export async function receive(peer: RawPeer, stream: BodyStream): Promise<void> {
  const body = stream.chunked ? new Chunks(stream.pattern) : undefined;
  const take = (bytes: Buffer): void => {
    if (body) body.take(bytes);
    else stream.pattern.check(bytes);
  };
  let failure: unknown;
  peer.sink = (bytes) => {
    try {
      take(bytes);
    } catch (error) {
      failure ??= error;
      peer.destroy();
    }
  };
  take(peer.queue.take(peer.queue.length));
  let last = 0;
  const progress = (): boolean => {
    if (failure !== undefined) return true;
    if (peer.ending !== 'open' && stream.pattern.seen < stream.length)
      assert.fail(`ended (${peer.ending}) at ${stream.pattern.seen}`);
    return body ? body.done : stream.pattern.seen >= stream.length;
  };
  // Patience is for progress: slow readers may take their time as long as something comes.
  for (let done = false; !done;) {
    await until(
      `more than ${stream.pattern.seen} of ${stream.length} bytes`,
      () => (done = progress()) || stream.pattern.seen > last,
    );
    last = stream.pattern.seen;
  }
  peer.sink = undefined;
  if (failure !== undefined) throw failure as Error;
  assert.equal(stream.pattern.seen, stream.length);
}

/** The framing of a chunked body. */
class Chunks {
  readonly #pattern: Pattern;
  #line = '';
  #left = 0;
  done = false;

  constructor(pattern: Pattern) {
    this.#pattern = pattern;
  }

  take(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) {
      if (this.#left > 0) {
        const end = Math.min(bytes.length, at + this.#left);
        this.#pattern.check(bytes.subarray(at, end));
        this.#left -= end - at;
        at = end;
      } else {
        this.#line += String.fromCharCode(bytes[at++]!);
        if (this.#line.endsWith('\r\n')) this.#lineEnd();
      }
    }
  }

  /** CRLF behind a chunk, a size, or the end. */
  #lineEnd(): void {
    if (this.#line === '\r\n') {
      this.#line = '';
      return;
    }
    if (this.#line.startsWith('0\r\n')) {
      this.done = true;
      return;
    }
    assert.match(this.#line, /^[0-9a-f]+\r\n$/i);
    this.#left = Number.parseInt(this.#line, 16);
    this.#line = '';
  }
}

/** Makes a peer read in sips: at most once in every other look at the sockets. */
export function sip(peer: RawPeer): () => void {
  let over = false;
  const turn = (): void => {
    if (over) return;
    peer.stall();
    setImmediate(() => {
      peer.readOn();
      setImmediate(() => setImmediate(turn));
    });
  };
  turn();
  return () => {
    over = true;
    peer.readOn();
  };
}
