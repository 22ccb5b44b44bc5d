import { performServerHandshake, type ServerHttp2Session } from 'node:http2';
import { duplexPair, type Duplex } from 'node:stream';

import { Headers } from '../../src/core/headers.ts';
import { FrameReader } from '../../src/wire/http2/frame-reader.ts';
import type { FrameSink } from '../../src/wire/http2/frame-sink.ts';
import { FrameWriter } from '../../src/wire/http2/frame-writer.ts';
import { HpackDecoder, hpackScratchBytes } from '../../src/wire/http2/hpack-decoder.ts';
import { HpackEncoder } from '../../src/wire/http2/hpack-encoder.ts';
import { clientPreface } from '../../src/wire/http2/preface.ts';
import { Setting } from '../../src/wire/http2/settings.ts';
import { writeFields, writeRequestFields } from '../../src/wire/http2/write-heads.ts';

export type Pair = readonly [name: string, value: string];

/** What has gone one way and come back the other. */
export interface Echo {
  /** Of our block, as Node's server has read it. */
  readonly received: readonly Pair[];
  /** Of its block, as we have read it. */
  readonly answered: readonly Pair[];
}

const limits = { listBytes: 1_000_000, fields: 1000 };
const pseudo = { method: 'GET', scheme: 'https', authority: 'example.com', path: '/' };

/** A client of this codec against Node's own server (nghttp2), over streams in memory. */
export class NodePeer {
  readonly #encoder = new HpackEncoder();
  readonly #decoder = new HpackDecoder(limits, Buffer.alloc(hpackScratchBytes(65_536)));
  readonly #reader: FrameReader;
  readonly #session: ServerHttp2Session;
  readonly #near: Duplex;
  #streamId = 1;
  #received: Pair[] = [];
  #answer: readonly Pair[] = [];
  #tableSize = 4096;
  #awaitsAck = false;
  #settle: ((error: Error | undefined) => void) | undefined = undefined;
  #answered: Pair[] = [];

  constructor() {
    const [near, far] = duplexPair();
    this.#near = near;
    this.#session = performServerHandshake(far);
    this.#session.on('stream', (stream, _headers, _flags, rawHeaders) => {
      this.#received = pairsOf(rawHeaders);
      stream.respond({ ':status': 200, ...Object.fromEntries(this.#answer) }, { endStream: true });
    });
    this.#session.on('error', (error) => this.#settle?.(error));
    this.#reader = new FrameReader('client', { blockBytes: 65_536, continuations: 16 }, this.#sink());
    near.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#write((frames) => frames.settings([]), clientPreface);
  }

  /** Sends these fields as a request, and gets the others as an answer. */
  async exchange(request: readonly Pair[], answer: readonly Pair[]): Promise<Echo> {
    this.#answer = answer;
    this.#received = [];
    const done = this.#next();
    this.#write((frames) => {
      this.#encoder.begin(frames.buffer, frames.beginHeaders());
      writeRequestFields(this.#encoder, pseudo, new Headers());
      writeFields(this.#encoder, headersOf(request));
      frames.endHeaders(this.#streamId, this.#encoder.end, true);
    });
    this.#streamId += 2;
    await done;
    return { received: this.#received.slice(4), answered: this.#answered.slice(1) };
  }

  /** Allows Node's encoder a table of this size, and waits until it knows. */
  async allowTable(size: number): Promise<void> {
    // The greeting has been acknowledged before: an exchange has come back.
    this.#tableSize = size;
    this.#awaitsAck = true;
    const done = this.#next();
    this.#write((frames) => frames.settings([[Setting.HeaderTableSize, size]]));
    await done;
  }

  /** Has Node's server allow our encoder a table of this size, and waits until we know. */
  async limitTable(size: number): Promise<void> {
    await new Promise<void>((resolve) => this.#session.settings({ headerTableSize: size }, () => resolve()));
  }

  close(): void {
    this.#session.destroy();
    this.#near.destroy();
  }

  #next(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settle = (error) => (error === undefined ? resolve() : reject(error));
    });
  }

  #write(work: (frames: FrameWriter) => void, before?: Buffer): void {
    const frames = new FrameWriter(Buffer.alloc(65_536));
    work(frames);
    const bytes = frames.buffer.subarray(0, frames.end);
    this.#near.write(before === undefined ? bytes : Buffer.concat([before, bytes]));
  }

  #read(chunk: Buffer): void {
    try {
      this.#reader.read(chunk);
    } catch (error) {
      this.#settle?.(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #sink(): FrameSink {
    const unexpected = (what: string) => (): void => this.#settle?.(new Error(`${what} came`));
    return {
      onDataStart: unexpected('DATA'),
      onData: unexpected('DATA'),
      onDataEnd: unexpected('DATA'),
      onHeaders: (_streamId, block) => {
        this.#decoder.decode(block);
        this.#answered = this.#decoder.fields.map(({ name, value }) => [name, value] as const);
        this.#settle?.(undefined);
      },
      onReset: unexpected('RST_STREAM'),
      onSetting: (id, value) => {
        if (id === Setting.HeaderTableSize) this.#encoder.limitTable(value);
      },
      onSettingsEnd: () => this.#write((frames) => frames.settingsAck()),
      onSettingsAck: () => {
        if (!this.#awaitsAck) return;
        this.#awaitsAck = false;
        this.#decoder.allowTable(this.#tableSize);
        this.#settle?.(undefined);
      },
      onPing: unexpected('PING'),
      onGoaway: (_last, code, debug) => this.#settle?.(new Error(`GOAWAY ${code} ${debug}`)),
      onWindowUpdate: () => {},
      onPriorityUpdate: unexpected('PRIORITY_UPDATE'),
      onIgnored: () => {},
      onStreamFault: (_streamId, _code, message) => this.#settle?.(new Error(message)),
    };
  }
}

function headersOf(pairs: readonly Pair[]): Headers {
  const headers = new Headers();
  for (const [name, value] of pairs) headers.add(name, value);
  return headers;
}

function pairsOf(raw: readonly string[]): Pair[] {
  const pairs: Pair[] = [];
  for (let i = 0; i < raw.length; i += 2) pairs.push([raw[i]!, raw[i + 1]!]);
  return pairs;
}
