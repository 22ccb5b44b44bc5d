import { defaultFrameBytes, Http2Code, type Http2CodeValue, maxWindow } from './codes.ts';
import { Http2Error } from './http2-error.ts';

/** Identifiers of settings (RFC 9113 section 6.5.2, RFC 8441 section 3, RFC 9218 section 2.1). */
export const Setting = {
  HeaderTableSize: 1,
  EnablePush: 2,
  MaxConcurrentStreams: 3,
  InitialWindowSize: 4,
  MaxFrameSize: 5,
  MaxHeaderListSize: 6,
  EnableConnectProtocol: 8,
  NoRfc7540Priorities: 9,
} as const;

const largestFrame = 0xff_ffff;

interface Bounds {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly code: Http2CodeValue;
}

const { ProtocolError, FlowControlError } = Http2Code;

/** By identifier; what is not here may have any value. */
const boundsById: readonly (Bounds | undefined)[] = [
  undefined,
  undefined,
  // Servers may not say 1.
  { name: 'ENABLE_PUSH', least: 0, most: 1, code: ProtocolError },
  undefined,
  { name: 'INITIAL_WINDOW_SIZE', least: 0, most: maxWindow, code: FlowControlError },
  { name: 'MAX_FRAME_SIZE', least: defaultFrameBytes, most: largestFrame, code: ProtocolError },
  undefined,
  undefined,
  { name: 'ENABLE_CONNECT_PROTOCOL', least: 0, most: 1, code: ProtocolError },
  { name: 'NO_RFC7540_PRIORITIES', least: 0, most: 1, code: ProtocolError },
];

/** Which end of the connection we are. */
export type Role = 'server' | 'client';

/**
 * Judges one setting that the peer sent; unknown ones are fine.
 * @param role ours.
 * @throws {Http2Error} PROTOCOL_ERROR or FLOW_CONTROL_ERROR: the value is none for it.
 */
export function checkSetting(id: number, value: number, role: Role): void {
  const bounds = id < boundsById.length ? boundsById[id] : undefined;
  if (bounds === undefined) return;
  const most = id === Setting.EnablePush && role === 'client' ? 0 : bounds.most;
  if (value >= bounds.least && value <= most) return;
  throw new Http2Error(bounds.code, `Cannot take SETTINGS: ${bounds.name} may not be ${value}`);
}

/** What the peer has said of itself, or what holds until it does. */
export class PeerSettings {
  headerTableSize = 4096;
  enablePush = true;
  /** Streams that we may open at once: no limit unless the peer names one. */
  maxConcurrentStreams: number = Number.POSITIVE_INFINITY;
  initialWindowSize = 65_535;
  maxFrameSize: number = defaultFrameBytes;
  /** Advice only. */
  maxHeaderListSize: number = Number.POSITIVE_INFINITY;
  enableConnectProtocol = false;
  noRfc7540Priorities: boolean | undefined = undefined;

  /**
   * Takes a setting over that `checkSetting` let pass.
   * @returns by how much the windows of all open streams change: the one thing that reaches further.
   * @throws {Http2Error} PROTOCOL_ERROR: it takes back what may not be taken back.
   */
  apply(id: number, value: number): number {
    switch (id) {
      case Setting.HeaderTableSize:
        this.headerTableSize = value;
        break;
      case Setting.EnablePush:
        this.enablePush = value === 1;
        break;
      case Setting.MaxConcurrentStreams:
        this.maxConcurrentStreams = value;
        break;
      case Setting.InitialWindowSize:
        return this.#resizeWindows(value);
      case Setting.MaxFrameSize:
        this.maxFrameSize = value;
        break;
      case Setting.MaxHeaderListSize:
        this.maxHeaderListSize = value;
        break;
      case Setting.EnableConnectProtocol:
        this.#allowConnect(value === 1);
        break;
      case Setting.NoRfc7540Priorities:
        this.#leavePriorities(value === 1);
        break;
      default:
    }
    return 0;
  }

  /** RFC 8441 section 3. */
  #allowConnect(allowed: boolean): void {
    if (this.enableConnectProtocol && !allowed) throw takenBack('ENABLE_CONNECT_PROTOCOL');
    this.enableConnectProtocol = allowed;
  }

  /** RFC 9218 section 2.1. */
  #leavePriorities(left: boolean): void {
    if (this.noRfc7540Priorities !== undefined && this.noRfc7540Priorities !== left)
      throw takenBack('NO_RFC7540_PRIORITIES');
    this.noRfc7540Priorities = left;
  }

  #resizeWindows(size: number): number {
    const by = size - this.initialWindowSize;
    this.initialWindowSize = size;
    return by;
  }
}

function takenBack(name: string): Http2Error {
  return new Http2Error(Http2Code.ProtocolError, `Cannot take SETTINGS: ${name} may not change any more`);
}
