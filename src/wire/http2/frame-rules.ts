import { defaultFrameBytes, Flag, frameName, FrameType, Http2Code, type Http2CodeValue } from './codes.ts';
import { Http2Error } from './http2-error.ts';
import type { Role } from './settings.ts';

/** The head of a frame, taken apart. */
export interface FrameHead {
  length: number;
  type: number;
  flags: number;
  /** Without the reserved bit. */
  streamId: number;
}

/** Which streams a type is for. */
const CONNECTION = 1;
const STREAM = 2;
const BOTH = 3;

interface Rule {
  readonly streams: number;
  /** Bytes of the payload: exactly, or at least. */
  readonly length: number;
  readonly exact: boolean;
}

const rules: readonly (Rule | undefined)[] = rulesOf([
  [FrameType.Data, { streams: STREAM, length: 0, exact: false }],
  [FrameType.Headers, { streams: STREAM, length: 0, exact: false }],
  // Its length is judged where it is read: a wrong one ends a stream, not the connection.
  [FrameType.Priority, { streams: STREAM, length: 0, exact: false }],
  [FrameType.RstStream, { streams: STREAM, length: 4, exact: true }],
  [FrameType.Settings, { streams: CONNECTION, length: 0, exact: false }],
  [FrameType.PushPromise, { streams: STREAM, length: 4, exact: false }],
  [FrameType.Ping, { streams: CONNECTION, length: 8, exact: true }],
  [FrameType.Goaway, { streams: CONNECTION, length: 8, exact: false }],
  [FrameType.WindowUpdate, { streams: BOTH, length: 4, exact: true }],
  [FrameType.Continuation, { streams: STREAM, length: 0, exact: false }],
  [FrameType.PriorityUpdate, { streams: CONNECTION, length: 4, exact: false }],
]);

/**
 * Judges what the head of a frame says by itself (RFC 9113 sections 4.1, 4.2, 5.1.1, 6). Frames of unknown types pass.
 * @throws {Http2Error} what ends the connection.
 */
export function checkFrameHead({ length, type, flags, streamId }: FrameHead, role: Role): void {
  if (length > defaultFrameBytes)
    throw badFrame(type, Http2Code.FrameSizeError, `${length} bytes are more than ${defaultFrameBytes}`);
  const rule = rules[type];
  if (rule === undefined) return;
  const kind = streamId === 0 ? CONNECTION : STREAM;
  if ((rule.streams & kind) === 0)
    throw badFrame(type, Http2Code.ProtocolError, streamId === 0 ? 'it is for no stream' : 'it is for a stream');
  // Even streams are those that a server pushes, which nobody does here: so they are idle.
  if (streamId !== 0 && streamId % 2 === 0 && type !== FrameType.Priority)
    throw badFrame(type, Http2Code.ProtocolError, 'it is for a stream with an even number');
  if (rule.exact ? length !== rule.length : length < rule.length)
    throw badFrame(type, Http2Code.FrameSizeError, `${length} bytes are no length for it`);
  checkByType(type, flags, length, role);
}

function checkByType(type: number, flags: number, length: number, role: Role): void {
  if (type === FrameType.Settings) checkSettingsLength(flags, length);
  else if (type === FrameType.PushPromise)
    throw badFrame(type, Http2Code.ProtocolError, role === 'server' ? 'clients push nothing' : 'push is off');
  else if (type === FrameType.PriorityUpdate && role === 'client')
    throw badFrame(type, Http2Code.ProtocolError, 'servers send none');
  else if (type <= FrameType.Headers && length < mandatory(type, flags))
    throw badFrame(type, Http2Code.FrameSizeError, 'it is too short for what its flags announce');
}

function checkSettingsLength(flags: number, length: number): void {
  if ((flags & Flag.Ack) !== 0 && length > 0)
    throw badFrame(FrameType.Settings, Http2Code.FrameSizeError, 'an ACK has a payload');
  if (length % 6 !== 0)
    throw badFrame(FrameType.Settings, Http2Code.FrameSizeError, `${length} bytes are no whole settings`);
}

/** Bytes that must be there by the flags of DATA or HEADERS. */
function mandatory(type: number, flags: number): number {
  const padded = (flags & Flag.Padded) !== 0 ? 1 : 0;
  return type === FrameType.Headers && (flags & Flag.Priority) !== 0 ? padded + 5 : padded;
}

/** What ends the connection. */
export function badFrame(type: number, code: Http2CodeValue, why: string): Http2Error {
  return new Http2Error(code, `Cannot read a frame of type ${frameName(type)}: ${why}`);
}

function rulesOf(rows: readonly (readonly [number, Rule])[]): (Rule | undefined)[] {
  const all: (Rule | undefined)[] = Array.from({ length: 256 }, () => undefined);
  for (const [type, rule] of rows) all[type] = rule;
  return all;
}
