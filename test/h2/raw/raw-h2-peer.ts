import assert from 'node:assert/strict';
import type net from 'node:net';

import { resetSocket } from '../../../src/core/reset-socket.ts';
import { codeName, Flag, FrameType } from '../../../src/wire/http2/codes.ts';
import { HpackDecoder, hpackScratchBytes } from '../../../src/wire/http2/hpack-decoder.ts';
import { patienceMs } from '../../harness/until.ts';
import {
  describeFrame,
  frameBytes,
  FrameSplitter,
  plainBlock,
  settingsPayload,
  word,
  type FrameName,
  type Pair,
  type RawFrame,
} from './frames.ts';

/** What a frame must be like that a test waits for; what is left out may be anything. */
export interface FrameSpec {
  readonly id?: number;
  /** Of RST_STREAM or GOAWAY: one of these names. */
  readonly code?: string | readonly string[];
  /** All these bits. */
  readonly flags?: number;
}

/** A message that came on a stream. */
export interface RawMessage {
  /** Heads of 1xx answers before it. */
  readonly interim: readonly Record<string, string>[];
  /** With pseudo-headers; repeats joined by a comma. */
  readonly fields: Record<string, string>;
  readonly body: Buffer;
  readonly trailers: Record<string, string> | undefined;
}

export interface PeerOptions {
  /** SETTINGS are acknowledged, and PINGs answered, by themselves; default true. */
  readonly polite?: boolean;
  /** All that comes as DATA is given back at once; default true. */
  readonly credit?: boolean;
}

/**
 * One end of an HTTP/2 connection in the hands of a test: it sends any frame, however wrong, and keeps all that come. What it does by
 * itself is what `PeerOptions` say. Each wait is bounded by `patienceMs`, and fails with all frames that came.
 *
 *     const client = await RawH2Client.connect(proxy.port());
 *     client.headers(1, request('/a'), { endStream: true });
 *     assert.equal((await client.message(1)).fields[':status'], '200');
 *     client.frame('Ping', 0, 0, 'too short');
 *     await client.expect('Goaway', { code: 'FRAME_SIZE_ERROR' });
 *     await client.closed();
 */
export class RawH2Peer {
  readonly socket: net.Socket;
  /** All that came, in its order. */
  readonly frames: RawFrame[] = [];
  ending: 'open' | 'fin' | 'reset' = 'open';
  readonly #taken: Set<RawFrame> = new Set();
  readonly #polite: boolean;
  readonly #credit: boolean;
  readonly #splitter = new FrameSplitter();
  readonly #decoder = new HpackDecoder(
    { listBytes: 1_000_000, fields: 1000 },
    Buffer.alloc(hpackScratchBytes(1_000_000)),
  );
  readonly #waiting: Set<() => void> = new Set();
  /** Fields of header blocks, by their first frame. */
  readonly #fields: Map<RawFrame, Pair[]> = new Map();
  #block: { readonly frame: RawFrame; readonly parts: Buffer[] } | undefined;
  /** Bytes that are to come before the first frame. */
  protected before = 0;

  constructor(socket: net.Socket, { polite = true, credit = true }: PeerOptions = {}) {
    this.socket = socket;
    this.#polite = polite;
    this.#credit = credit;
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('error', () => undefined); // Told by 'close'.
    socket.on('end', () => this.#onEnding('fin'));
    socket.on('close', () => this.#onEnding('reset')); // Without an 'end' before.
  }

  // --- what it sends -------------------------------------------------------------------------------------------

  /** Any bytes. */
  send(...bytes: readonly (Buffer | string)[]): void {
    for (const each of bytes) this.socket.write(typeof each === 'string' ? Buffer.from(each, 'latin1') : each);
  }

  /** Any frame. */
  frame(type: FrameName | number, flags: number, id: number, payload: Uint8Array | string = ''): void {
    this.send(frameBytes(type, flags, id, payload));
  }

  /** HEADERS with literals only, in one frame. */
  headers(id: number, fields: readonly Pair[], { endStream = false }: { readonly endStream?: boolean } = {}): void {
    this.block(id, plainBlock(fields), { endStream });
  }

  /** HEADERS with any block, cut into CONTINUATION where it is larger than a frame may be. */
  block(id: number, block: Buffer, { endStream = false }: { readonly endStream?: boolean } = {}): void {
    const end = endStream ? Flag.EndStream : 0;
    for (let at = 0; at === 0 || at < block.length; at += 16_384) {
      const flags = (at === 0 ? end : 0) | (at + 16_384 >= block.length ? Flag.EndHeaders : 0);
      this.frame(at === 0 ? 'Headers' : 'Continuation', flags, id, block.subarray(at, at + 16_384));
    }
  }

  data(id: number, bytes: Uint8Array | string, { endStream = false }: { readonly endStream?: boolean } = {}): void {
    this.frame('Data', endStream ? Flag.EndStream : 0, id, bytes);
  }

  settings(...pairs: readonly (readonly [id: number, value: number])[]): void {
    this.frame('Settings', 0, 0, settingsPayload(pairs));
  }

  windowUpdate(id: number, increment: number): void {
    this.frame('WindowUpdate', 0, id, word(increment));
  }

  resetStream(id: number, code = 8): void {
    this.frame('RstStream', 0, id, word(code));
  }

  goaway(last: number, code = 0): void {
    this.frame('Goaway', 0, 0, Buffer.concat([word(last), word(code)]));
  }

  /** A FIN behind what was sent. */
  end(): void {
    this.socket.end();
  }

  /** Breaks the connection off. */
  destroy(): void {
    if (!this.socket.destroyed) resetSocket(this.socket);
  }

  // --- what comes ----------------------------------------------------------------------------------------------

  /** The first frame like this that no call has returned before; waits for it. */
  async expect(type: FrameName, spec: FrameSpec = {}): Promise<RawFrame> {
    let found: RawFrame | undefined;
    await this.waitFor(`${type} ${JSON.stringify(spec)}`, () => (found = this.find(type, spec)) !== undefined);
    this.#taken.add(found!);
    return found!;
  }

  /** The same, if it has come. It counts as not returned. */
  find(type: FrameName, spec: FrameSpec = {}): RawFrame | undefined {
    return this.frames.find((frame) => !this.#taken.has(frame) && isLike(frame, type, spec));
  }

  /** All that was sent before has been read: a PING comes back. Fails where the other side ends the connection. */
  async roundTrip(): Promise<void> {
    const mark = Buffer.alloc(8);
    mark.writeUInt32BE((Math.random() * 2 ** 32) >>> 0);
    this.frame('Ping', 0, 0, mark);
    await this.waitFor('an answer to PING', () =>
      this.frames.some(({ type, flags, payload }) => type === FrameType.Ping && flags === 1 && payload.equals(mark)),
    );
  }

  /** The message of a stream, once it is whole. Fails where the stream is reset. */
  async message(id: number): Promise<RawMessage> {
    await this.waitFor(`a whole message on stream ${id}`, () => this.#isOver(id), false);
    const reset = this.frames.find(({ type, id: of }) => type === FrameType.RstStream && of === id);
    if (!this.#hasEnded(id)) assert.fail(`stream ${id}: ${reset === undefined ? 'no end' : describeFrame(reset)}`);
    return this.partial(id);
  }

  /** What has come of it. */
  partial(id: number): RawMessage {
    const heads = this.#heads(id);
    const isInterim = (fields: Record<string, string>): boolean => /^1\d\d$/.test(fields[':status'] ?? '');
    const interim = heads.filter((fields) => isInterim(fields));
    const [fields = {}, trailers] = heads.filter((each) => !isInterim(each));
    const data = this.frames.filter(({ type, id: of }) => type === FrameType.Data && of === id);
    return { interim, fields, body: Buffer.concat(data.map((frame) => unpadded(frame))), trailers };
  }

  /** The head of a message, once it has come; not that of a 1xx. */
  async head(id: number): Promise<Record<string, string>> {
    await this.waitFor(`a head on stream ${id}`, () => Object.keys(this.partial(id).fields).length > 0);
    return this.partial(id).fields;
  }

  /** @returns how the other side has ended the connection. */
  async closed(): Promise<'open' | 'fin' | 'reset'> {
    await this.waitFor('the end of the connection', () => this.ending !== 'open');
    return this.ending;
  }

  async waitFor(what: string, holds: () => boolean, failsAtEnd = true): Promise<void> {
    const end = performance.now() + patienceMs;
    while (!holds()) {
      const over = this.ending !== 'open';
      if (over && !failsAtEnd) return;
      if (over || performance.now() > end)
        assert.fail(`never came${over ? `, ended by ${this.ending}` : ''}: ${what}; here: ${this.describe()}`);
      await this.#change();
    }
  }

  /** The last frames that came, for messages. */
  describe(): string {
    return this.frames
      .slice(-20)
      .map((frame) => describeFrame(frame))
      .join(', ');
  }

  #heads(id: number): Record<string, string>[] {
    const found: Record<string, string>[] = [];
    for (const [frame, fields] of this.#fields) if (frame.id === id) found.push(recordOf(fields));
    return found;
  }

  #isOver(id: number): boolean {
    return this.#hasEnded(id) || this.frames.some((frame) => frame.type === FrameType.RstStream && frame.id === id);
  }

  #hasEnded(id: number): boolean {
    return this.frames.some(
      (frame) =>
        frame.id === id &&
        (frame.type === FrameType.Data || this.#fields.has(frame)) &&
        (frame.flags & Flag.EndStream) !== 0,
    );
  }

  #onData(chunk: Buffer): void {
    const skipped = Math.min(this.before, chunk.length);
    this.before -= skipped;
    for (const frame of this.#splitter.take(chunk.subarray(skipped))) this.#onFrame(frame);
    this.#wake();
  }

  #onFrame(frame: RawFrame): void {
    this.frames.push(frame);
    const { type, flags, id, payload } = frame;
    if (type === FrameType.Headers) this.#onBlock({ frame, parts: [unpadded(frame)] }, flags);
    else if (type === FrameType.Continuation && this.#block !== undefined) {
      this.#block.parts.push(payload);
      this.#onBlock(this.#block, flags);
    } else if (type === FrameType.Data && this.#credit && payload.length > 0) {
      this.windowUpdate(0, payload.length);
      if ((flags & Flag.EndStream) === 0) this.windowUpdate(id, payload.length);
    } else if (this.#polite) this.#answerControl(frame);
  }

  #answerControl({ type, flags, payload }: RawFrame): void {
    if ((flags & Flag.Ack) !== 0) return;
    if (type === FrameType.Settings) this.frame('Settings', Flag.Ack, 0);
    else if (type === FrameType.Ping) this.frame('Ping', Flag.Ack, 0, payload);
  }

  #onBlock(block: { readonly frame: RawFrame; readonly parts: Buffer[] }, flags: number): void {
    this.#block = block;
    if ((flags & Flag.EndHeaders) === 0) return;
    this.#block = undefined;
    const buffer = Buffer.concat(block.parts);
    this.#decoder.decode({ buffer, from: 0, to: buffer.length });
    this.#fields.set(
      block.frame,
      this.#decoder.fields.map(({ name, value }) => [name, value] as const),
    );
  }

  #onEnding(ending: 'fin' | 'reset'): void {
    if (this.ending === 'open') this.ending = ending;
    this.#wake();
  }

  /** Until something comes or happens, or for a little while. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, 50);
      this.#waiting.add(wake);
    });
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }
}

function isLike(frame: RawFrame, type: FrameName, { id, code, flags }: FrameSpec): boolean {
  if (frame.type !== FrameType[type] || (id !== undefined && frame.id !== id)) return false;
  if (flags !== undefined && (frame.flags & flags) !== flags) return false;
  if (code === undefined) return true;
  const said = codeName(frame.payload.readUInt32BE(type === 'Goaway' ? 4 : 0));
  return typeof code === 'string' ? said === code : code.includes(said);
}

function unpadded({ flags, payload }: RawFrame): Buffer {
  if ((flags & Flag.Padded) === 0) return payload;
  return payload.subarray(1, payload.length - payload[0]!);
}

function recordOf(fields: readonly Pair[]): Record<string, string> {
  const record: Record<string, string> = {};
  for (const [name, value] of fields) record[name] = name in record ? `${record[name]}, ${value}` : value;
  return record;
}
