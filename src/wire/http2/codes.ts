/** Types of frames (RFC 9113 section 6, RFC 9218 section 7.1). */
export const FrameType = {
  Data: 0,
  Headers: 1,
  Priority: 2,
  RstStream: 3,
  Settings: 4,
  PushPromise: 5,
  Ping: 6,
  Goaway: 7,
  WindowUpdate: 8,
  Continuation: 9,
  PriorityUpdate: 0x10,
} as const;

/** Bits of a frame's flags. */
export const Flag = { Ack: 1, EndStream: 1, EndHeaders: 4, Padded: 8, Priority: 0x20 } as const;

/** What RST_STREAM and GOAWAY say (RFC 9113 section 7). */
export const Http2Code = {
  NoError: 0,
  ProtocolError: 1,
  InternalError: 2,
  FlowControlError: 3,
  SettingsTimeout: 4,
  StreamClosed: 5,
  FrameSizeError: 6,
  RefusedStream: 7,
  Cancel: 8,
  CompressionError: 9,
  ConnectError: 10,
  EnhanceYourCalm: 11,
  InadequateSecurity: 12,
  Http11Required: 13,
} as const;

export type Http2CodeValue = (typeof Http2Code)[keyof typeof Http2Code];

/** Bytes before the payload of each frame. */
export const frameHeadBytes = 9;

/** The largest payload that may come without SETTINGS_MAX_FRAME_SIZE, and the largest that we take. */
export const defaultFrameBytes = 16_384;

/** What windows, increments and SETTINGS_INITIAL_WINDOW_SIZE may be at most. */
export const maxWindow = 0x7fff_ffff;

const frameNames: readonly (string | undefined)[] = [
  'DATA',
  'HEADERS',
  'PRIORITY',
  'RST_STREAM',
  'SETTINGS',
  'PUSH_PROMISE',
  'PING',
  'GOAWAY',
  'WINDOW_UPDATE',
  'CONTINUATION',
];

/** For messages. */
export function frameName(type: number): string {
  if (type === FrameType.PriorityUpdate) return 'PRIORITY_UPDATE';
  return frameNames[type] ?? `0x${type.toString(16)}`;
}

const codeNames: readonly string[] = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
];

/** For messages: the name of what a peer said, which may be any number. */
export function codeName(code: number): string {
  return codeNames[code] ?? `0x${code.toString(16)}`;
}
