import { latin1Slice } from '../../core/latin1.ts';
import type { ByteSpan } from './byte-span.ts';
import { Flag, FrameType, Http2Code } from './codes.ts';
import { badFrame, type FrameHead } from './frame-rules.ts';
import type { FrameSink } from './frame-sink.ts';
import { dependency } from './header-block.ts';
import { checkSetting, type Role } from './settings.ts';

/** Characters of the peer's own words in a GOAWAY that we keep. */
const longestDebug = 256;
/** Longest priority that is looked at; a longer one counts as none (RFC 9218 section 7.1 lets us ignore it). */
const longestPriority = 256;

/**
 * Reads the payload of a frame other than DATA, HEADERS and CONTINUATION, whose head has been judged, and tells the sink.
 * @throws {Http2Error} what ends the connection.
 */
export function readControlFrame(head: FrameHead, payload: ByteSpan, role: Role, sink: FrameSink): void {
  const { buffer, from } = payload;
  switch (head.type) {
    case FrameType.RstStream:
      return sink.onReset(head.streamId, buffer.readUInt32BE(from));
    case FrameType.Settings:
      return readSettings(head.flags, payload, role, sink);
    case FrameType.Ping:
      return sink.onPing(payload, (head.flags & Flag.Ack) !== 0);
    case FrameType.Goaway:
      return readGoaway(payload, sink);
    case FrameType.Priority:
      return readPriority(head, payload, sink);
    case FrameType.WindowUpdate:
      return readWindowUpdate(head.streamId, buffer.readUInt32BE(from) & 0x7fff_ffff, sink);
    default:
      readPriorityUpdate(payload, sink);
  }
}

function readSettings(flags: number, { buffer, from, to }: ByteSpan, role: Role, sink: FrameSink): void {
  if ((flags & Flag.Ack) !== 0) return sink.onSettingsAck();
  for (let at = from; at < to; at += 6) {
    const id = buffer.readUInt16BE(at);
    const value = buffer.readUInt32BE(at + 2);
    checkSetting(id, value, role);
    sink.onSetting(id, value);
  }
  sink.onSettingsEnd();
}

function readGoaway({ buffer, from, to }: ByteSpan, sink: FrameSink): void {
  const debug = latin1Slice(buffer, from + 8, Math.min(to, from + 8 + longestDebug));
  sink.onGoaway(buffer.readUInt32BE(from) & 0x7fff_ffff, buffer.readUInt32BE(from + 4), debug);
}

/** An increment of 0 is a fault of the one whose window it is for (RFC 9113 section 6.9). */
function readWindowUpdate(streamId: number, increment: number, sink: FrameSink): void {
  if (increment > 0) return sink.onWindowUpdate(streamId, increment);
  const fault = badFrame(FrameType.WindowUpdate, Http2Code.ProtocolError, 'its increment is 0');
  if (streamId === 0) throw fault;
  sink.onStreamFault(streamId, fault.code, fault.message);
}

/** RFC 9113 deprecates all that it says; what no client ever meant ends the stream all the same (RFC 7540 section 5.3.1). */
function readPriority({ type, streamId, length }: FrameHead, payload: ByteSpan, sink: FrameSink): void {
  if (dependency(payload) !== streamId) return sink.onIgnored(type, length);
  const fault = badFrame(type, Http2Code.ProtocolError, 'the stream depends on itself');
  sink.onStreamFault(streamId, fault.code, fault.message);
}

function readPriorityUpdate({ buffer, from, to }: ByteSpan, sink: FrameSink): void {
  const streamId = buffer.readUInt32BE(from) & 0x7fff_ffff;
  if (streamId % 2 === 0)
    throw badFrame(FrameType.PriorityUpdate, Http2Code.ProtocolError, `it is about stream ${streamId}`);
  const value = to - from - 4 > longestPriority ? '' : latin1Slice(buffer, from + 4, to);
  sink.onPriorityUpdate(streamId, value);
}
