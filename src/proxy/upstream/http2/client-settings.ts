import { fieldOverhead } from '../../../wire/http2/header-field.ts';
import type { SessionSettings } from '../../http2/session-settings.ts';
import { BLOCK_BYTES } from '../../http2/session-settings.ts';
import type { PoolPlan, ProtocolPlan } from '../../pool-plan.ts';

/** Bytes of an answer that the server may send ahead; more where its client takes them as they come. */
const STREAM_WINDOW = 65_535;
/** CONTINUATION frames of one header block. */
const CONTINUATIONS = 16;

/** What we say of ourselves to the servers of a pool. */
export function sessionSettings({ limits, timeouts }: PoolPlan, { connectionWindow }: ProtocolPlan): SessionSettings {
  return {
    role: 'client',
    block: { blockBytes: Math.min(BLOCK_BYTES, limits.headBytes), continuations: CONTINUATIONS },
    // A head that HTTP/1 would take is taken here, too, though each field counts for more.
    list: { listBytes: limits.headBytes + limits.fields * fieldOverhead, fields: limits.fields },
    maxStreams: 0,
    streamWindow: STREAM_WINDOW,
    mostStreamWindow: connectionWindow,
    connectionWindow: Math.max(STREAM_WINDOW, connectionWindow),
    stallMs: timeouts.idleMs,
  };
}
