import type { BlockLimits } from '../../wire/http2/header-block.ts';
import type { HpackLimits } from '../../wire/http2/hpack-decoder.ts';
import { Setting, type Role } from '../../wire/http2/settings.ts';
import type { FrameWriter, SettingPair } from '../../wire/http2/frame-writer.ts';
import { clientPreface } from '../../wire/http2/preface.ts';

/** What we say of ourselves at the beginning of a connection, and hold the peer to. */
export interface SessionSettings {
  readonly role: Role;
  readonly block: BlockLimits;
  readonly list: HpackLimits;
  /** Streams that a client may have open. */
  readonly maxStreams: number;
  /** Bytes of one stream that the peer may send ahead of what is taken; at least 65,535. */
  readonly streamWindow: number;
  /** Up to here the window of a stream grows whose bytes are taken as they come; never past half of the connection's. */
  readonly mostStreamWindow: number;
  /** The same for all streams together; at least 65,535. */
  readonly connectionWindow: number;
  /** A wait longer than this in which the peer takes no byte ends in `writeStalled`, in ms. */
  readonly stallMs: number;
}

/** Bytes of a header block as it is sent; with `hpackScratchBytes` the size of a thread's scratch. */
export const BLOCK_BYTES = 65_536;

/** A single stream whose sink stands still leaves the others room. */
export function mostStreamWindow({ streamWindow, mostStreamWindow: most, connectionWindow }: SessionSettings): number {
  return Math.max(streamWindow, Math.min(most, connectionWindow >> 1));
}

/** Writes what comes first (RFC 9113 section 3.4). */
export function writePreface(writer: FrameWriter, settings: SessionSettings): void {
  const { role, maxStreams, streamWindow, list } = settings;
  const pairs: SettingPair[] = [
    [Setting.InitialWindowSize, streamWindow],
    [Setting.MaxHeaderListSize, list.listBytes],
  ];
  if (role === 'client') {
    writer.end += clientPreface.copy(writer.buffer, writer.end);
    writer.settings([[Setting.EnablePush, 0], ...pairs]);
  } else
    writer.settings([
      [Setting.MaxConcurrentStreams, maxStreams],
      ...pairs,
      [Setting.EnableConnectProtocol, 1],
      [Setting.NoRfc7540Priorities, 1],
    ]);
}
