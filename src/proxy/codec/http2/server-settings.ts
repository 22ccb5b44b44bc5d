import { fieldOverhead } from '../../../wire/http2/header-field.ts';
import { BLOCK_BYTES, type SessionSettings } from '../../http2/session-settings.ts';
import { plainHttp2, type ListenerPlan } from '../../plan.ts';

/** CONTINUATION frames of one block: a block of the largest size needs 4. */
const CONTINUATIONS = 16;

/** The window that every stream begins with (RFC 9113 section 6.9.2): a small body is sent without waiting. */
const STREAM_WINDOW = 65_535;

/** What a listener says of itself to clients that speak HTTP/2, by its plan as it is when the connection begins. */
export function settingsFor({ http2 = plainHttp2, limits, timeouts }: ListenerPlan): SessionSettings {
  return {
    role: 'server',
    block: { blockBytes: BLOCK_BYTES, continuations: CONTINUATIONS },
    // A head that HTTP/1 would take is taken here, too, though each field counts for more.
    list: { listBytes: limits.headBytes + limits.fields * fieldOverhead, fields: limits.fields },
    maxStreams: http2.maxStreams,
    streamWindow: STREAM_WINDOW,
    mostStreamWindow: http2.connectionWindow,
    connectionWindow: http2.connectionWindow,
    stallMs: timeouts.writeMs,
  };
}
