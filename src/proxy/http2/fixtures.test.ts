import type net from 'node:net';
import { CHUNKED } from '../../wire/http1/framing.ts';
import { codeName, Flag, FrameType, type Http2CodeValue } from '../../wire/http2/codes.ts';
import { blockOf, frame, preface, Recorder } from '../../wire/http2/fixtures.test.ts';
import type { ByteSpan } from '../../wire/http2/byte-span.ts';
import { FrameReader } from '../../wire/http2/frame-reader.ts';
import type { HeaderField } from '../../wire/http2/header-field.ts';
import { HpackDecoder, hpackScratchBytes } from '../../wire/http2/hpack-decoder.ts';
import { HpackEncoder } from '../../wire/http2/hpack-encoder.ts';
import type { Http2Error } from '../../wire/http2/http2-error.ts';
import type { Role } from '../../wire/http2/settings.ts';
import { HandSource, KeepSink, TestEnv } from '../fixtures.test.ts';
import type { SessionOwner } from './session-owner.ts';
import type { SessionSettings } from './session-settings.ts';
import { Http2Session } from './session.ts';
import type { HeadToSend, Http2Stream, StreamEnd, StreamUser } from './stream.ts';

export const plainSession: Omit<SessionSettings, 'role'> = {
  block: { blockBytes: 20_000, continuations: 4 },
  list: { listBytes: 4096, fields: 40 },
  maxStreams: 8,
  streamWindow: 65_535,
  mostStreamWindow: 65_535,
  connectionWindow: 262_144,
  stallMs: 5000,
};

/** A socket in memory that takes what is written, or lets it wait. */
export class FakeSocket {
  /** What was written, a buffer for each call. */
  readonly writes: Buffer[] = [];
  /** False: what is written waits, until `takeAll`. */
  takes = true;
  writableLength = 0;
  readonly #callbacks: (() => void)[] = [];

  write(data: Buffer | string, second?: unknown): boolean {
    if (typeof second === 'function') this.#callbacks.push(second as () => void);
    if (data.length === 0) return true;
    this.writes.push(typeof data === 'string' ? Buffer.from(data, 'latin1') : Buffer.from(data));
    if (!this.takes) this.writableLength += data.length;
    return this.takes;
  }

  takeAll(): void {
    this.takes = true;
    this.writableLength = 0;
    for (const callback of this.#callbacks.splice(0)) callback();
  }
}

/** Reads what a session sends, header blocks decoded. */
class PeerEars extends Recorder {
  readonly bodies: Map<number, Buffer[]> = new Map();
  readonly #decoder = new HpackDecoder({ listBytes: 100_000, fields: 1000 }, Buffer.alloc(hpackScratchBytes(65_536)));

  override onData(streamId: number, bytes: Buffer): void {
    super.onData(streamId, bytes);
    const body = this.bodies.get(streamId) ?? [];
    this.bodies.set(streamId, body);
    body.push(Buffer.from(bytes));
  }

  override onHeaders(streamId: number, block: ByteSpan, endStream: boolean): void {
    this.#decoder.decode(block);
    const fields = this.#decoder.fields.map(({ name, value }) => `${name}=${value}`);
    this.lines.push(`headers ${streamId} ${fields.join(' ')}${endStream ? ' end' : ''}`);
  }
}

/** Whom a stream works for in these tests: its input goes to a sink, its output comes from a source, both in the test's hands. */
export class HandUser implements StreamUser {
  readonly events: string[] = [];
  readonly sink: KeepSink = new KeepSink();
  readonly source: HandSource = new HandSource();
  readonly stream: Http2Stream;
  end: StreamEnd | undefined;

  constructor(stream: Http2Stream) {
    this.stream = stream;
    stream.user = this;
  }

  /** Sends a head, and a body from the source. */
  answer(fields: readonly (readonly [string, string])[] = [[':status', '200']]): void {
    this.stream.sendHead(headOf(fields), false);
    this.stream.output.begin(this.source);
  }

  headersCame(fields: readonly HeaderField[], endStream: boolean, whole: boolean): void {
    const text = fields.map(({ name, value }) => `${name}=${value}`).join(' ');
    this.events.push(`headers ${text}${endStream ? ' end' : ''}${whole ? '' : ' cut'}`);
    if (this.stream.input === undefined && !endStream) this.take();
    else if (endStream) this.stream.input?.end(undefined);
  }

  /** The message that comes goes to the sink. */
  take(length: number = CHUNKED): void {
    this.stream.openInput(length).start(this.sink);
  }

  lengthWrong(): void {
    this.events.push('length wrong');
    this.stream.reset(1);
  }

  inputCancelled(): void {
    this.events.push('input cancelled');
  }

  outputSent(): void {
    this.events.push('sent');
  }

  outputBroken(): void {
    this.events.push('broken');
    this.stream.reset(2);
  }

  closed(): void {
    this.events.push('closed');
  }

  ended(end: StreamEnd): void {
    this.end = end;
    this.events.push(`ended ${end.by} ${codeName(end.code)}${end.processed ? '' : ' unprocessed'}`);
  }
}

export function headOf(fields: readonly (readonly [string, string])[]): HeadToSend {
  const room = fields.reduce((sum, [name, value]) => sum + name.length + value.length + 16, 16);
  return {
    room,
    write: (encoder) => {
      for (const [name, value] of fields) encoder.field(name, value);
    },
  };
}

/** A session over a socket in memory, its peer in the hands of the test. */
export class SessionWorld implements SessionOwner {
  readonly env: TestEnv;
  readonly socket: FakeSocket = new FakeSocket();
  readonly session: Http2Session;
  readonly events: string[] = [];
  /** By number of the stream; those of clients open by themselves. */
  readonly users: Map<number, HandUser> = new Map();
  /** What happens with a stream that a client opens. */
  onStream: (user: HandUser, endStream: boolean) => void = (user, endStream) => {
    if (!endStream) user.take();
  };
  readonly #encoder = new HpackEncoder();
  readonly #ears = new PeerEars();
  readonly #reader: FrameReader;
  #heard = 0;

  constructor(role: Role = 'server', settings: Partial<SessionSettings> = {}, env: TestEnv = new TestEnv()) {
    this.env = env;
    const socket = this.socket as unknown as net.Socket;
    this.session = new Http2Session(socket, this, this.env, { ...plainSession, ...settings, role });
    this.#reader = new FrameReader(
      role === 'server' ? 'client' : 'server',
      { blockBytes: 65_536, continuations: 16 },
      this.#ears,
    );
    this.session.start();
    if (role === 'server') this.read(Buffer.from(preface, 'latin1'));
    this.settings();
    this.hear();
    this.events.length = 0;
  }

  read(...frames: readonly Buffer[]): boolean {
    this.env.clock.refresh();
    return this.session.read(Buffer.concat(frames));
  }

  /** A frame of the peer's. */
  frame(type: keyof typeof FrameType, streamId: number, payload: Uint8Array | string = '', flags = 0): boolean {
    return this.read(frame(FrameType[type], flags, streamId, payload));
  }

  settings(...pairs: readonly (readonly [id: number, value: number])[]): boolean {
    const payload = Buffer.alloc(pairs.length * 6);
    pairs.forEach(([id, value], i) => payload.writeUInt32BE(value, payload.writeUInt16BE(id, i * 6)));
    return this.frame('Settings', 0, payload);
  }

  /** HEADERS of the peer's. @param text `name=value`, separated by blanks. */
  headers(streamId: number, text: string, endStream = false): boolean {
    return this.read(this.headersFrame(streamId, text, endStream));
  }

  headersFrame(streamId: number, text: string, endStream = false): Buffer {
    const fields = text.split(' ').map((pair) => pair.split('=') as [string, string]);
    const flags = Flag.EndHeaders | (endStream ? Flag.EndStream : 0);
    return frame(FrameType.Headers, flags, streamId, blockOf(this.#encoder, fields));
  }

  /** A request, and who it is for. */
  request(streamId: number, endStream = true): HandUser {
    this.headers(streamId, ':method=GET :scheme=http :path=/', endStream);
    return this.users.get(streamId)!;
  }

  data(streamId: number, bytes: Uint8Array | string, endStream = false): boolean {
    return this.frame('Data', streamId, bytes, endStream ? Flag.EndStream : 0);
  }

  windowUpdate(streamId: number, increment: number): boolean {
    return this.frame('WindowUpdate', streamId, word(increment));
  }

  reset(streamId: number, code: Http2CodeValue = 8): boolean {
    return this.frame('RstStream', streamId, word(code));
  }

  goaway(last: number, code: Http2CodeValue = 0): boolean {
    return this.frame('Goaway', 0, Buffer.concat([word(last), word(code)]));
  }

  /** Opens a stream to the server that the test plays. */
  open(): HandUser {
    const stream = this.session.open(noUser);
    const user = new HandUser(stream);
    this.users.set(stream.id, user);
    return user;
  }

  /** What has been sent since it was last asked for. */
  hear(): string[] {
    this.session.flush();
    const { writes } = this.socket;
    for (; this.#heard < writes.length; this.#heard++) this.#reader.read(writes[this.#heard]!);
    return this.#ears.lines.splice(0);
  }

  /** What has come as DATA of a stream, as far as it was heard. */
  body(streamId: number): Buffer {
    return Buffer.concat(this.#ears.bodies.get(streamId) ?? []);
  }

  streamOpened(stream: Http2Stream, fields: readonly HeaderField[], endStream: boolean, whole: boolean): void {
    const text = fields.map(({ name, value }) => `${name}=${value}`).join(' ');
    this.events.push(`opened ${stream.id} ${text}${endStream ? ' end' : ''}${whole ? '' : ' cut'}`);
    const user = new HandUser(stream);
    this.users.set(stream.id, user);
    this.onStream(user, endStream);
  }

  streamGone(stream: Http2Stream): void {
    this.events.push(`gone ${stream.id}`);
  }

  settingsCame(): void {
    this.events.push('settings');
  }

  goawayCame(code: number): void {
    this.events.push(`goaway ${codeName(code)}`);
  }

  pingCame(): void {
    this.events.push('ping');
  }

  broken(error: Http2Error): void {
    this.events.push(`broken ${codeName(error.code)}`);
  }

  roomAgain(): void {
    this.events.push('room');
  }

  writeStalled(): void {
    this.events.push('stalled');
  }
}

const noUser: StreamUser = {
  headersCame() {},
  lengthWrong() {},
  inputCancelled() {},
  outputSent() {},
  outputBroken() {},
  closed() {},
  ended() {},
};

export function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
