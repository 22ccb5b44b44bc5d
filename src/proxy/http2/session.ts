import type net from 'node:net';
import type { Headers } from '../../core/headers.ts';
import type { ByteSpan } from '../../wire/http2/byte-span.ts';
import { codeName, Http2Code, type Http2CodeValue } from '../../wire/http2/codes.ts';
import { FrameReader } from '../../wire/http2/frame-reader.ts';
import type { FrameSink } from '../../wire/http2/frame-sink.ts';
import type { HeaderField } from '../../wire/http2/header-field.ts';
import { Http2Error } from '../../wire/http2/http2-error.ts';
import { parsePriority } from '../../wire/http2/priority.ts';
import { PeerSettings, Setting } from '../../wire/http2/settings.ts';
import { DataReceiver, type ReceiverOwner } from './data-receiver.ts';
import { DataSender } from './data-sender.ts';
import { FloodGuard } from './flood-guard.ts';
import { FrameOutput, type SessionEnv } from './frame-output.ts';
import { HeadReceiver, type HeadOwner } from './head-receiver.ts';
import type { SessionOwner } from './session-owner.ts';
import { mostStreamWindow, writePreface, type SessionSettings } from './session-settings.ts';
import { Http2Stream, type HeadToSend, type StreamEnd, type StreamOwner, type StreamUser } from './stream.ts';
import { StreamTable } from './stream-table.ts';

/** Bytes that wait for a peer that takes nothing, past which nothing more is read from it. */
const CHOKED_BYTES = 262_144;

const opaque: ByteSpan = { buffer: Buffer.alloc(8), from: 0, to: 8 };

/**
 * One HTTP/2 connection, of either side: its streams, its windows, its settings (RFC 9113). It reads and writes; what is asked
 * and answered on a stream is its user's business, and how long all of it may take is the owner's.
 *
 * (1) What the peer sends is judged by what its stream is: open, ended, reset by one of us (then it is dropped), or none yet.
 * (2) What a stream breaks ends the stream; what the connection's state depends on ends the connection.
 * (3) Bytes kept of the peer's messages are never more than the window of the connection.
 */
export class Http2Session implements FrameSink, StreamOwner, HeadOwner, ReceiverOwner {
  readonly peer: PeerSettings = new PeerSettings();
  readonly #owner: SessionOwner;
  readonly #env: SessionEnv;
  readonly #settings: SessionSettings;
  readonly #reader: FrameReader;
  readonly #heads: HeadReceiver;
  readonly #out: FrameOutput;
  readonly #sender: DataSender;
  readonly #receiver: DataReceiver;
  readonly #guard: FloodGuard;
  readonly #table: StreamTable;
  #peerLeaves = false;
  #dead = false;

  constructor(socket: net.Socket, owner: SessionOwner, env: SessionEnv, settings: SessionSettings) {
    this.#owner = owner;
    this.#env = env;
    this.#settings = settings;
    this.#reader = new FrameReader(settings.role, settings.block, this);
    this.#out = new FrameOutput(socket, this, env, settings.stallMs);
    this.#guard = new FloodGuard(env.clock);
    this.#sender = new DataSender(this.#out, this.#guard);
    this.#receiver = new DataReceiver(this, this.#out, mostStreamWindow(settings));
    this.#table = new StreamTable(settings.role);
    this.#heads = new HeadReceiver(this, this.#table, this.#guard, settings);
  }

  /** Sends what comes first: the preface of a client, and the settings. */
  start(): void {
    const writer = this.#out.frames(256);
    writePreface(writer, this.#settings);
    const increment = this.#receiver.grow(this.#settings.connectionWindow);
    if (increment > 0) writer.windowUpdate(0, increment);
    this.#out.leave();
  }

  // --- for the owner -------------------------------------------------------------------------------------------

  /** Those that are open, by number. */
  get streams(): ReadonlyMap<number, Http2Stream> {
    return this.#table.open;
  }

  /** The peer's first frame, its SETTINGS, has begun. */
  get greeted(): boolean {
    return this.#reader.greeted;
  }

  /** A header block or a frame other than DATA has begun and not ended: a peer that stays silent now dawdles. */
  get midway(): boolean {
    return this.#reader.midway;
  }

  /** No more streams can be opened: a GOAWAY has been sent or has come, the connection has ended, or all numbers are used. */
  get leaving(): boolean {
    return this.#table.lastTaken !== Infinity || this.#peerLeaves || this.#dead || this.#table.exhausted;
  }

  /** The peer may send no byte of a body: what it has sent waits here. */
  get full(): boolean {
    return this.#receiver.full;
  }

  /** The kernel does not take what was written. */
  get backedUp(): boolean {
    return this.#out.backedUp;
  }

  /** A peer that sends, and takes nothing: no more is to be read from it until there is room. */
  get choked(): boolean {
    return this.#out.backedUp && this.#out.waiting > CHOKED_BYTES;
  }

  /** Much of the window is taken by bytes that wait for slow sinks: what is opened now may have to wait with them. */
  get crowded(): boolean {
    return this.#receiver.crowded;
  }

  set stallMs(ms: number) {
    this.#out.stallMs = ms;
  }

  /** Takes what came, which is lent. @returns false: no more is to be read until `roomAgain`. */
  read(chunk: Buffer): boolean {
    this.#receiver.begin();
    try {
      this.#reader.read(chunk);
    } catch (error) {
      this.#break(error instanceof Http2Error ? error : this.#bug(error));
    }
    this.#receiver.flush();
    return !this.choked;
  }

  /** Opens a stream to a server. Only while not `leaving`, and while there are fewer than `peer.maxConcurrentStreams`. */
  open(user: StreamUser): Http2Stream {
    const stream = this.newStream(this.#table.nextId());
    stream.user = user;
    return stream;
  }

  /** Says that we go (RFC 9113 section 6.8). @param warning streams that are on their way are still taken: a second one follows. */
  goaway(code: Http2CodeValue, warning = false): void {
    if (this.#dead) return;
    const last = this.#settings.role === 'client' ? 0 : Math.min(this.#table.lastTaken, this.#table.last);
    if (!warning) this.#table.lastTaken = last;
    this.#out.frames(64).goaway(warning ? 0x7fff_ffff : last, code);
  }

  ping(): void {
    if (!this.#dead) this.#out.frames(32).ping(opaque, false);
  }

  /** All frames so far leave now, not at the end of the turn. */
  flush(): void {
    this.#out.leave();
  }

  /** Nothing is sent or read any more. Streams that are open end, and their users hear why. */
  close(end: StreamEnd): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#reader.stop();
    this.#endStreams(end, 0);
  }

  /** The socket has gone: no timer of ours outlives it. */
  dispose(): void {
    this.#out.dispose();
  }

  #break(error: Http2Error): void {
    if (this.#dead) return;
    this.goaway(error.code);
    this.#out.leave();
    this.close({ by: 'connection', code: error.code, processed: true, message: error.message });
    this.#owner.broken(error);
  }

  /** Something threw that does not. */
  #bug(error: unknown): Http2Error {
    this.#env.bug(error);
    return new Http2Error(Http2Code.InternalError, 'Cannot go on: an internal error');
  }

  // --- heads ---------------------------------------------------------------------------------------------------

  onHeaders(streamId: number, block: ByteSpan, endStream: boolean, dependsOnItself: boolean): void {
    this.#heads.take(streamId, block, { endStream, dependsOnItself, whole: true }, this.#env.hpackScratch);
  }

  opened(stream: Http2Stream, fields: readonly HeaderField[], endStream: boolean, whole: boolean): void {
    this.#owner.streamOpened(stream, fields, endStream, whole);
  }

  refuse(id: number): void {
    this.#guard.reset();
    this.#table.addRefused(id);
    this.#out.frames(32).rstStream(id, Http2Code.RefusedStream);
  }

  /** A client had us give up what we worked for: that is as if it had done so itself. @throws {Http2Error} ENHANCE_YOUR_CALM. */
  gaveUp(): void {
    if (this.#settings.role === 'server') this.#guard.reset();
  }

  newStream(id: number): Http2Stream {
    const windows = { send: this.peer.initialWindowSize, receive: this.#settings.streamWindow };
    return this.#table.add(new Http2Stream(id, this, windows, this.#env.buffers));
  }

  // --- bodies --------------------------------------------------------------------------------------------------

  onDataStart(streamId: number, length: number): void {
    this.#receiver.start(streamId, length);
  }

  onData(_streamId: number, bytes: Buffer): void {
    this.#receiver.data(bytes);
  }

  onDataEnd(_streamId: number, endStream: boolean): void {
    this.#receiver.end(endStream);
  }

  streamOf(id: number): Http2Stream | undefined {
    return this.#table.open.get(id);
  }

  lengthWrong(stream: Http2Stream): void {
    stream.user?.lengthWrong();
    this.gaveUp();
  }

  inputAwaited(stream: Http2Stream): void {
    this.#receiver.await(stream);
  }

  inputUsed(stream: Http2Stream, bytes: number, eager: boolean): void {
    if (!this.#dead) this.#receiver.used(stream, bytes, eager);
  }

  inputEnded(stream: Http2Stream): void {
    stream.user?.messageCame?.();
    this.#closeIfEnded(stream);
  }

  sendHead(stream: Http2Stream, head: HeadToSend, endStream: boolean): void {
    this.#sender.head(stream, head, endStream);
    if (endStream) this.#localEnd(stream);
  }

  sendData(stream: Http2Stream, bytes: Buffer, from: number): number {
    return this.#sender.data(stream, bytes, from);
  }

  sendEnd(stream: Http2Stream, trailers: Headers | undefined): void {
    this.#sender.end(stream, trailers);
    this.#localEnd(stream);
  }

  outputWaits(stream: Http2Stream): void {
    this.#sender.wait(stream);
  }

  roomAgain(): void {
    if (this.#dead) return;
    this.#sender.proceed();
    this.#owner.roomAgain();
  }

  writeStalled(): void {
    this.#owner.writeStalled();
  }

  // --- the peer's control frames -------------------------------------------------------------------------------

  onSetting(id: number, value: number): void {
    const by = this.peer.apply(id, value);
    // At once: a frame may name it twice, and the smaller one empties the table (RFC 7541 section 4.2).
    if (id === Setting.HeaderTableSize) this.#sender.encoder.limitTable(value);
    if (by === 0) return;
    this.#guard.chatter(); // One frame has room for thousands of them, each of which concerns every stream.
    this.#sender.resize(this.#table.open.values(), by);
  }

  onSettingsEnd(): void {
    this.#guard.chatter();
    this.#out.frames(32).settingsAck();
    this.#owner.settingsCame();
    this.#sender.proceed();
  }

  onSettingsAck(): void {
    this.#guard.chatter();
  }

  onPing(payload: ByteSpan, ack: boolean): void {
    this.#guard.chatter();
    if (ack) this.#owner.pingCame();
    else this.#out.frames(32).ping(payload, true);
  }

  onGoaway(lastStreamId: number, code: number): void {
    this.#guard.chatter();
    this.#peerLeaves = true;
    const message = `Cannot go on: the peer said GOAWAY with ${codeName(code)}`;
    // The numbers of a client's GOAWAY are of streams that servers push.
    if (this.#settings.role === 'client')
      this.#endStreams({ by: 'connection', code, processed: false, message }, lastStreamId);
    this.#owner.goawayCame(code);
  }

  onWindowUpdate(streamId: number, increment: number): void {
    this.#guard.windowUpdate();
    if (streamId === 0) return this.#sender.growConnection(increment);
    const stream = this.#table.open.get(streamId);
    if (stream === undefined) this.#table.checkNotIdle(streamId, 'WINDOW_UPDATE');
    else if (!this.#sender.growStream(stream, increment))
      this.fault(stream, Http2Code.FlowControlError, 'Cannot take WINDOW_UPDATE: the stream would have too much');
  }

  onReset(streamId: number, code: number): void {
    const stream = this.#table.open.get(streamId);
    if (stream === undefined) {
      this.#table.lateReset(streamId);
      return this.chatter();
    }
    // A server may say so when it has answered and wants no more of the request.
    this.gaveUp();
    const message = `Cannot go on: the peer reset the stream with ${codeName(code)}`;
    this.#end(stream, { by: 'reset', code, processed: code !== Http2Code.RefusedStream, message });
  }

  onPriorityUpdate(streamId: number, value: string): void {
    this.chatter();
    const stream = this.#table.open.get(streamId);
    if (stream !== undefined) stream.output.priority = parsePriority(value);
  }

  onIgnored(): void {
    this.chatter();
  }

  onStreamFault(streamId: number, code: Http2CodeValue, message: string): void {
    const stream = this.#table.open.get(streamId);
    if (stream !== undefined) return this.fault(stream, code, message);
    this.chatter();
    // PRIORITY may come for any stream, a WINDOW_UPDATE only for one that has been. Even numbers never have.
    if (streamId <= this.#table.last && streamId % 2 === 1) this.#out.frames(32).rstStream(streamId, code);
    else throw new Http2Error(code, message);
  }

  chatter(): void {
    this.#guard.chatter();
  }

  /** A frame for a stream that is no more. */
  late(id: number, what: string): void {
    if (what !== 'DATA') this.chatter(); // A window full of it may be on its way: only empty frames count.
    if (this.#table.late(id, what) === 'reset') this.#out.frames(32).rstStream(id, Http2Code.StreamClosed);
  }

  // --- ends of streams -----------------------------------------------------------------------------------------

  /** The user of a stream gives it up. */
  reset(stream: Http2Stream, code: Http2CodeValue): void {
    // Nothing may be sent for a stream that is closed, not even where the end of the request is what its user ends it for.
    if (!this.#dead && !stream.ended) this.#out.frames(32).rstStream(stream.id, code);
    this.#leave(stream, stream.ended ? 'ended' : 'reset-by-us');
  }

  /** The peer broke a rule on a stream. */
  fault(stream: Http2Stream, code: Http2CodeValue, message: string): void {
    this.chatter();
    this.#out.frames(32).rstStream(stream.id, code);
    this.#end(stream, { by: 'fault', code, processed: true, message });
  }

  #end(stream: Http2Stream, end: StreamEnd): void {
    const { user } = stream;
    stream.user = undefined;
    this.#leave(stream, end.by === 'fault' ? 'reset-by-us' : 'reset-by-peer');
    user?.ended(end);
  }

  /** @param above of those with a higher number. */
  #endStreams(end: StreamEnd, above: number): void {
    for (const stream of this.#table.open.values()) if (stream.id > above) this.#end(stream, end);
  }

  #localEnd(stream: Http2Stream): void {
    stream.localEnded = true;
    stream.user?.outputSent();
    this.#closeIfEnded(stream);
  }

  #closeIfEnded(stream: Http2Stream): void {
    if (!stream.ended || stream.gone) return;
    const { user } = stream;
    this.#leave(stream, 'ended');
    this.#guard.streamEnded();
    user?.closed();
  }

  #leave(stream: Http2Stream, fate: 'ended' | 'reset-by-peer' | 'reset-by-us'): void {
    if (!this.#table.leave(stream, fate)) return;
    this.#sender.forget(stream);
    stream.input?.drop();
    this.#owner.streamGone(stream);
  }
}
