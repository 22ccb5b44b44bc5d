import { Headers } from '../../core/headers.ts';
import type { MessageLimits } from '../http1/limits.ts';
import type { ByteSpan } from './byte-span.ts';
import { codeName, type Http2CodeValue } from './codes.ts';
import { FrameReader } from './frame-reader.ts';
import type { FrameSink } from './frame-sink.ts';
import type { BlockLimits } from './header-block.ts';
import { HpackDecoder, hpackScratchBytes, type HpackLimits } from './hpack-decoder.ts';
import { HpackEncoder, roomForFields } from './hpack-encoder.ts';
import { Http2Error } from './http2-error.ts';
import type { Role } from './settings.ts';

/** For the tests of this folder: limits small enough to be reached. */
export const blockLimits: BlockLimits = { blockBytes: 20_000, continuations: 3 };
export const listLimits: HpackLimits = { listBytes: 4096, fields: 20 };
export const messageLimits: MessageLimits = {
  headBytes: 4096,
  fields: 20,
  lineBytes: 512,
  chunkExtensionBytes: 64,
  trailerBytes: 256,
};

export const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** A frame, as raw as it is asked for. */
export function frame(type: number, flags: number, streamId: number, payload: Uint8Array | string = ''): Buffer {
  const body = typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload;
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(streamId >>> 0, 5);
  return Buffer.concat([head, body]);
}

/** Bytes from hexadecimal digits; spaces do not count. */
export function hex(digits: string): Buffer {
  return Buffer.from(digits.replaceAll(' ', ''), 'hex');
}

export function spanOf(buffer: Buffer): ByteSpan {
  return { buffer, from: 0, to: buffer.length };
}

/** Writes down what it is told, a line each; the pieces of one DATA frame are joined. */
export class Recorder implements FrameSink {
  readonly lines: string[] = [];
  #data = '';

  onDataStart(streamId: number, length: number): void {
    this.lines.push(`data ${streamId} ${length}`);
    this.#data = '';
  }

  onData(_streamId: number, bytes: Buffer): void {
    this.#data += bytes.toString('latin1');
  }

  onDataEnd(streamId: number, endStream: boolean): void {
    this.lines.push(`data ${streamId} ${JSON.stringify(this.#data)}${endStream ? ' end' : ''}`);
  }

  onHeaders(streamId: number, { buffer, from, to }: ByteSpan, endStream: boolean, dependsOnItself: boolean): void {
    const facts = `${endStream ? ' end' : ''}${dependsOnItself ? ' on itself' : ''}`;
    this.lines.push(`headers ${streamId} ${buffer.toString('hex', from, to)}${facts}`);
  }

  onReset(streamId: number, code: number): void {
    this.lines.push(`reset ${streamId} ${codeName(code)}`);
  }

  onSetting(id: number, value: number): void {
    this.lines.push(`setting ${id}=${value}`);
  }

  onSettingsEnd(): void {
    this.lines.push('settings');
  }

  onSettingsAck(): void {
    this.lines.push('settings ack');
  }

  onPing({ buffer, from }: ByteSpan, ack: boolean): void {
    this.lines.push(`ping ${buffer.toString('latin1', from, from + 8)}${ack ? ' ack' : ''}`);
  }

  onGoaway(lastStreamId: number, code: number, debug: string): void {
    this.lines.push(`goaway ${lastStreamId} ${codeName(code)} ${debug}`.trim());
  }

  onWindowUpdate(streamId: number, increment: number): void {
    this.lines.push(`window ${streamId} ${increment}`);
  }

  onPriorityUpdate(streamId: number, value: string): void {
    this.lines.push(`priority ${streamId} ${value}`);
  }

  onIgnored(type: number, length: number): void {
    this.lines.push(`ignored ${type} ${length}`);
  }

  onStreamFault(streamId: number, code: Http2CodeValue): void {
    this.lines.push(`fault ${streamId} ${codeName(code)}`);
  }
}

/** What a reader finds in these pieces, with the error that ends it as the last line. */
export function readFrames(
  pieces: readonly Buffer[],
  role: Role = 'server',
  limits: BlockLimits = blockLimits,
): string[] {
  const recorder = new Recorder();
  const reader = new FrameReader(role, limits, recorder);
  try {
    for (const piece of pieces) reader.read(piece);
  } catch (error) {
    if (!(error instanceof Http2Error)) throw error;
    recorder.lines.push(`error ${codeName(error.code)}`);
  }
  return recorder.lines;
}

export function decoderOf(limits: HpackLimits = listLimits, tableSize?: number): HpackDecoder {
  return new HpackDecoder(limits, Buffer.alloc(hpackScratchBytes(65_536)), tableSize);
}

/** The fields of a block, `name: value` each. */
export function decodeLines(decoder: HpackDecoder, block: Buffer): string[] {
  decoder.decode(spanOf(block));
  return decoder.fields.map(({ name, value }) => `${name}: ${value}`);
}

/** A block that holds these fields. */
export function blockOf(encoder: HpackEncoder, fields: readonly (readonly [string, string])[]): Buffer {
  const headers = new Headers();
  for (const [name, value] of fields) headers.add(name, value);
  const out = Buffer.alloc(roomForFields(headers));
  encoder.begin(out, 0);
  encoder.fields(headers);
  return Buffer.from(out.subarray(0, encoder.end));
}
