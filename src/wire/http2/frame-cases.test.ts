import { frame, hex, preface } from './fixtures.test.ts';
import type { Role } from './settings.ts';

/** A rule of RFC 9113 (or the RFC that is named) on frames that can be judged without knowing a stream. */
export interface FrameCase {
  readonly section: string;
  readonly rule: string;
  /** Whose reader it is; default: a server's. */
  readonly role?: Role;
  /** Frames behind the preface and an empty SETTINGS. */
  readonly frames: readonly Buffer[];
  /** Lines of a Recorder behind those of the greeting; `error` and a code ends the connection, `fault` the stream. */
  readonly tells: readonly string[];
}

/** What is wrong before the first SETTINGS is over. */
export interface GreetingCase {
  readonly section: string;
  readonly rule: string;
  readonly role?: Role;
  readonly bytes: Buffer;
  readonly tells: readonly string[];
}

const settings = frame(4, 0, 0);
const text = (bytes: string): Buffer => Buffer.from(bytes, 'latin1');

export const greetingCases: readonly GreetingCase[] = [
  {
    section: '3.4',
    rule: 'the preface, then SETTINGS',
    bytes: Buffer.concat([text(preface), settings]),
    tells: ['settings'],
  },
  { section: '3.4', rule: 'another preface', bytes: text('GET / HTTP/1.1\r\n'), tells: ['error PROTOCOL_ERROR'] },
  {
    section: '3.4',
    rule: 'a preface that is wrong in its last byte',
    bytes: text(preface.replace(/\n$/, '\r')),
    tells: ['error PROTOCOL_ERROR'],
  },
  {
    section: '3.4',
    rule: 'no SETTINGS first',
    bytes: Buffer.concat([text(preface), frame(6, 0, 0, '12345678')]),
    tells: ['error PROTOCOL_ERROR'],
  },
  {
    section: '3.4',
    rule: 'an ACK is not the first SETTINGS',
    bytes: Buffer.concat([text(preface), frame(4, 1, 0)]),
    tells: ['error PROTOCOL_ERROR'],
  },
  {
    section: '3.4',
    rule: 'an unknown frame first',
    bytes: Buffer.concat([text(preface), frame(0xbb, 0, 0)]),
    tells: ['error PROTOCOL_ERROR'],
  },
  { section: '3.4', rule: 'a server greets with SETTINGS alone', role: 'client', bytes: settings, tells: ['settings'] },
  {
    section: '3.4',
    rule: 'a server that greets with something else',
    role: 'client',
    bytes: text('HTTP/1.1 400 Bad Request\r\n\r\n'),
    tells: ['error PROTOCOL_ERROR'],
  },
];

const large = Buffer.alloc(16_385);

/** Frames of streams, and what holds for all; those of the connection are in control-frame-cases. */
export const frameCases: readonly FrameCase[] = [
  // 4.1 and 4.2
  {
    section: '4.1',
    rule: 'a frame of a type that is not known is passed over',
    frames: [frame(0xbb, 0xff, 2, 'what'), frame(6, 0, 0, '12345678')],
    tells: ['ignored 187 4', 'ping 12345678'],
  },
  {
    section: '4.1',
    rule: 'the reserved bit of a stream id is passed over',
    frames: [frame(0, 1, 0x8000_0001, 'x')],
    tells: ['data 1 1', 'data 1 "x" end'],
  },
  {
    section: '4.1',
    rule: 'flags that are not known are passed over',
    frames: [frame(6, 0xfe, 0, '12345678'), frame(3, 0xff, 1, hex('00000008'))],
    tells: ['ping 12345678', 'reset 1 CANCEL'],
  },
  {
    section: '4.2',
    rule: 'DATA of 16,384 bytes is taken',
    frames: [frame(0, 0, 1, Buffer.alloc(16_384, 'a'))],
    tells: ['data 1 16384', `data 1 "${'a'.repeat(16_384)}"`],
  },
  { section: '4.2', rule: 'DATA of more', frames: [frame(0, 0, 1, large)], tells: ['error FRAME_SIZE_ERROR'] },
  { section: '4.2', rule: 'HEADERS of more', frames: [frame(1, 4, 1, large)], tells: ['error FRAME_SIZE_ERROR'] },
  { section: '4.2', rule: 'unknown ones of more', frames: [frame(99, 0, 1, large)], tells: ['error FRAME_SIZE_ERROR'] },
  {
    section: '4.2',
    rule: 'DATA too short for its padding',
    frames: [frame(0, 8, 1)],
    tells: ['error FRAME_SIZE_ERROR'],
  },
  {
    section: '4.2',
    rule: 'HEADERS too short for its padding',
    frames: [frame(1, 0xc, 1)],
    tells: ['error FRAME_SIZE_ERROR'],
  },
  {
    section: '4.2',
    rule: 'HEADERS too short for its priority',
    frames: [frame(1, 0x24, 1, '1234')],
    tells: ['error FRAME_SIZE_ERROR'],
  },
  // 5.1.1
  {
    section: '5.1.1',
    rule: 'clients open odd streams',
    frames: [frame(1, 4, 2, hex('82'))],
    tells: ['error PROTOCOL_ERROR'],
  },
  {
    section: '5.1.1',
    rule: 'servers answer on odd streams',
    role: 'client',
    frames: [frame(1, 4, 2, hex('88'))],
    tells: ['error PROTOCOL_ERROR'],
  },
  { section: '5.1', rule: 'even streams are idle: DATA', frames: [frame(0, 0, 2)], tells: ['error PROTOCOL_ERROR'] },
  {
    section: '5.1',
    rule: 'even streams are idle: RST_STREAM',
    frames: [frame(3, 0, 2, hex('00000000'))],
    tells: ['error PROTOCOL_ERROR'],
  },
  {
    section: '5.1',
    rule: 'even streams are idle: WINDOW_UPDATE',
    frames: [frame(8, 0, 2, hex('00000001'))],
    tells: ['error PROTOCOL_ERROR'],
  },
  // 5.5
  {
    section: '5.5',
    rule: 'an unknown frame within a header block',
    frames: [frame(1, 0, 1, hex('82')), frame(0xbb, 0, 1)],
    tells: ['error PROTOCOL_ERROR'],
  },
  // 6.1
  { section: '6.1', rule: 'DATA on stream 0', frames: [frame(0, 0, 0, 'x')], tells: ['error PROTOCOL_ERROR'] },
  {
    section: '6.1',
    rule: 'padding counts for flow control, and is dropped',
    frames: [frame(0, 9, 1, '\x03abc\0\0\0')],
    tells: ['data 1 7', 'data 1 "abc" end'],
  },
  {
    section: '6.1',
    rule: 'a payload that is padding alone',
    frames: [frame(0, 8, 1, '\x03\0\0\0')],
    tells: ['data 1 4', 'data 1 ""'],
  },
  {
    section: '6.1',
    rule: 'padding as long as the payload',
    frames: [frame(0, 8, 1, '\x04\0\0\0')],
    tells: ['data 1 4', 'error PROTOCOL_ERROR'],
  },
  {
    section: '6.1',
    rule: 'padding longer than the payload',
    frames: [frame(0, 8, 1, '\xff')],
    tells: ['data 1 1', 'error PROTOCOL_ERROR'],
  },
  {
    section: '6.1',
    rule: 'empty DATA may end a stream',
    frames: [frame(0, 1, 1)],
    tells: ['data 1 0', 'data 1 "" end'],
  },
  // 6.2
  { section: '6.2', rule: 'HEADERS on stream 0', frames: [frame(1, 4, 0, hex('82'))], tells: ['error PROTOCOL_ERROR'] },
  {
    section: '6.2',
    rule: 'padding and priority are no part of the block',
    frames: [frame(1, 0x2d, 1, hex('02 80000003 10 8286 0000'))],
    tells: ['headers 1 8286 end'],
  },
  {
    section: '6.2',
    rule: 'padding longer than what is left',
    frames: [frame(1, 0xc, 1, hex('03 8286'))],
    tells: ['error PROTOCOL_ERROR'],
  },
  {
    section: '6.2',
    rule: 'padding and priority that leave too little',
    frames: [frame(1, 0x2c, 1, hex('01 00000003 10'))],
    tells: ['error PROTOCOL_ERROR'],
  },
  {
    section: '6.2',
    rule: 'padding that leaves nothing',
    frames: [frame(1, 0xc, 1, hex('02 0000'))],
    tells: ['headers 1 '],
  },
  {
    section: '6.2',
    rule: 'a large block in one frame',
    frames: [frame(1, 4, 1, Buffer.alloc(10_000, 0x82))],
    tells: [`headers 1 ${'82'.repeat(10_000)}`],
  },
  {
    section: '6.2',
    rule: 'HEADERS that say that their stream depends on itself are told as such',
    frames: [frame(1, 0x24, 3, hex('80000003 10 82')), frame(1, 0x2c, 5, hex('01 00000005 10 82 00'))],
    tells: ['headers 3 82 on itself', 'headers 5 82 on itself'],
  },
  {
    section: '6.2',
    rule: 'a header block in pieces keeps what its HEADERS say of the dependency',
    frames: [frame(1, 0x21, 3, hex('00000003 10 82')), frame(9, 4, 3, hex('84'))],
    tells: ['headers 3 8284 end on itself'],
  },
  {
    section: '6.2',
    rule: 'HEADERS whose stream depends on another one are like all others',
    frames: [frame(1, 0x24, 3, hex('80000001 10 82'))],
    tells: ['headers 3 82'],
  },
  // 6.3
  {
    section: '6.3',
    rule: 'PRIORITY that makes a stream depend on itself ends the stream',
    frames: [frame(2, 0, 3, hex('80000003 10')), frame(2, 0, 5, hex('00000003 10'))],
    tells: ['fault 3 PROTOCOL_ERROR', 'ignored 2 5'],
  },
  { section: '6.3', rule: 'PRIORITY is passed over', frames: [frame(2, 0, 2, '12345')], tells: ['ignored 2 5'] },
  {
    section: '6.3',
    rule: 'PRIORITY of another length ends the stream alone',
    frames: [frame(2, 0, 1, '1234'), frame(6, 0, 0, '12345678')],
    tells: ['fault 1 FRAME_SIZE_ERROR', 'ping 12345678'],
  },
  { section: '6.3', rule: 'PRIORITY on stream 0', frames: [frame(2, 0, 0, '12345')], tells: ['error PROTOCOL_ERROR'] },
  {
    section: '6.3',
    rule: 'PRIORITY within a header block',
    frames: [frame(1, 0, 1, hex('82')), frame(2, 0, 1, '12345')],
    tells: ['error PROTOCOL_ERROR'],
  },
  // 6.4
  {
    section: '6.4',
    rule: 'RST_STREAM',
    frames: [frame(3, 0, 1, hex('00000008')), frame(3, 0, 3, hex('000000ff'))],
    tells: ['reset 1 CANCEL', 'reset 3 0xff'],
  },
  {
    section: '6.4',
    rule: 'RST_STREAM on stream 0',
    frames: [frame(3, 0, 0, hex('00000008'))],
    tells: ['error PROTOCOL_ERROR'],
  },
  {
    section: '6.4',
    rule: 'RST_STREAM of 5 bytes',
    frames: [frame(3, 0, 1, '12345')],
    tells: ['error FRAME_SIZE_ERROR'],
  },
  { section: '6.4', rule: 'RST_STREAM of 3 bytes', frames: [frame(3, 0, 1, '123')], tells: ['error FRAME_SIZE_ERROR'] },
];
