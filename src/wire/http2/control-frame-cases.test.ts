import { frame, hex } from './fixtures.test.ts';
import type { FrameCase } from './frame-cases.test.ts';

/** Frames of the connection, header blocks of several frames, and RFC 9218. */
export const controlFrameCases: readonly FrameCase[] = [
  // 6.5
  {
    section: '6.5',
    rule: 'SETTINGS in their order',
    frames: [frame(4, 0, 0, hex('0003 00000064  0003 00000065'))],
    tells: ['setting 3=100', 'setting 3=101', 'settings'],
  },
  { section: '6.5', rule: 'SETTINGS ACK', frames: [frame(4, 1, 0)], tells: ['settings ack'] },
  {
    section: '6.5',
    rule: 'an ACK with a payload',
    frames: [frame(4, 1, 0, '123456')],
    tells: ['error FRAME_SIZE_ERROR'],
  },
  { section: '6.5', rule: 'SETTINGS on a stream', frames: [frame(4, 0, 1)], tells: ['error PROTOCOL_ERROR'] },
  {
    section: '6.5',
    rule: 'SETTINGS that are no multiple of 6',
    frames: [frame(4, 0, 0, '1234567')],
    tells: ['error FRAME_SIZE_ERROR'],
  },
  {
    section: '6.5.2',
    rule: 'ENABLE_PUSH is 0 or 1',
    frames: [frame(4, 0, 0, hex('0002 00000001 0002 00000002'))],
    tells: ['setting 2=1', 'error PROTOCOL_ERROR'],
  },
  {
    section: '6.5.2',
    rule: 'a server may not say ENABLE_PUSH 1',
    role: 'client',
    frames: [frame(4, 0, 0, hex('0002 00000000 0002 00000001'))],
    tells: ['setting 2=0', 'error PROTOCOL_ERROR'],
  },
  {
    section: '6.5.2',
    rule: 'INITIAL_WINDOW_SIZE up to 2^31 - 1',
    frames: [frame(4, 0, 0, hex('0004 7fffffff 0004 80000000'))],
    tells: ['setting 4=2147483647', 'error FLOW_CONTROL_ERROR'],
  },
  {
    section: '6.5.2',
    rule: 'MAX_FRAME_SIZE from 2^14 on',
    frames: [frame(4, 0, 0, hex('0005 00004000 0005 00003fff'))],
    tells: ['setting 5=16384', 'error PROTOCOL_ERROR'],
  },
  {
    section: '6.5.2',
    rule: 'MAX_FRAME_SIZE up to 2^24 - 1',
    frames: [frame(4, 0, 0, hex('0005 00ffffff 0005 01000000'))],
    tells: ['setting 5=16777215', 'error PROTOCOL_ERROR'],
  },
  {
    section: '6.5.2',
    rule: 'settings that are not known are handed on, to be passed over',
    frames: [frame(4, 0, 0, hex('00ff ffffffff 0000 00000001'))],
    tells: ['setting 255=4294967295', 'setting 0=1', 'settings'],
  },
  {
    section: 'RFC 8441 3',
    rule: 'ENABLE_CONNECT_PROTOCOL is 0 or 1',
    frames: [frame(4, 0, 0, hex('0008 00000001 0008 00000002'))],
    tells: ['setting 8=1', 'error PROTOCOL_ERROR'],
  },
  {
    section: 'RFC 9218 2.1',
    rule: 'NO_RFC7540_PRIORITIES is 0 or 1',
    frames: [frame(4, 0, 0, hex('0009 00000001 0009 00000002'))],
    tells: ['setting 9=1', 'error PROTOCOL_ERROR'],
  },
  // 6.6
  {
    section: '6.6',
    rule: 'clients push nothing',
    frames: [frame(5, 4, 1, hex('00000002 82'))],
    tells: ['error PROTOCOL_ERROR'],
  },
  {
    section: '6.6',
    rule: 'PUSH_PROMISE where push is off',
    role: 'client',
    frames: [frame(5, 4, 1, hex('00000002 82'))],
    tells: ['error PROTOCOL_ERROR'],
  },
  // 6.7
  {
    section: '6.7',
    rule: 'PING and its answer',
    frames: [frame(6, 0, 0, '12345678'), frame(6, 1, 0, '87654321')],
    tells: ['ping 12345678', 'ping 87654321 ack'],
  },
  { section: '6.7', rule: 'PING on a stream', frames: [frame(6, 0, 1, '12345678')], tells: ['error PROTOCOL_ERROR'] },
  { section: '6.7', rule: 'PING of 7 bytes', frames: [frame(6, 0, 0, '1234567')], tells: ['error FRAME_SIZE_ERROR'] },
  { section: '6.7', rule: 'PING of 9 bytes', frames: [frame(6, 0, 0, '123456789')], tells: ['error FRAME_SIZE_ERROR'] },
  // 6.8
  {
    section: '6.8',
    rule: 'GOAWAY with words',
    frames: [frame(7, 0, 0, hex('80000005 00000001 627965'))],
    tells: ['goaway 5 PROTOCOL_ERROR bye'],
  },
  {
    section: '6.8',
    rule: 'of many words some are kept',
    frames: [frame(7, 0, 0, `${'\0'.repeat(8)}${'x'.repeat(5000)}`)],
    tells: [`goaway 0 NO_ERROR ${'x'.repeat(256)}`],
  },
  { section: '6.8', rule: 'GOAWAY on a stream', frames: [frame(7, 0, 1, '12345678')], tells: ['error PROTOCOL_ERROR'] },
  { section: '6.8', rule: 'GOAWAY of 7 bytes', frames: [frame(7, 0, 0, '1234567')], tells: ['error FRAME_SIZE_ERROR'] },
  // 6.9
  {
    section: '6.9',
    rule: 'WINDOW_UPDATE for both',
    frames: [frame(8, 0, 0, hex('ffffffff')), frame(8, 0, 1, hex('00000001'))],
    tells: ['window 0 2147483647', 'window 1 1'],
  },
  {
    section: '6.9',
    rule: 'an increment of 0 for the connection',
    frames: [frame(8, 0, 0, hex('80000000'))],
    tells: ['error PROTOCOL_ERROR'],
  },
  {
    section: '6.9',
    rule: 'an increment of 0 for a stream ends that alone',
    frames: [frame(8, 0, 1, hex('00000000')), frame(6, 0, 0, '12345678')],
    tells: ['fault 1 PROTOCOL_ERROR', 'ping 12345678'],
  },
  {
    section: '6.9',
    rule: 'WINDOW_UPDATE of 3 bytes',
    frames: [frame(8, 0, 1, '123')],
    tells: ['error FRAME_SIZE_ERROR'],
  },
  {
    section: '6.9',
    rule: 'WINDOW_UPDATE of 5 bytes',
    frames: [frame(8, 0, 0, '12345')],
    tells: ['error FRAME_SIZE_ERROR'],
  },
  // 6.10
  {
    section: '6.10',
    rule: 'a block in three frames',
    frames: [frame(1, 1, 1, hex('82')), frame(9, 0, 1, hex('86')), frame(9, 4, 1, hex('84'))],
    tells: ['headers 1 828684 end'],
  },
  {
    section: '6.10',
    rule: 'CONTINUATION of nothing',
    frames: [frame(9, 4, 1, hex('82'))],
    tells: ['error PROTOCOL_ERROR'],
  },
  {
    section: '6.10',
    rule: 'CONTINUATION of a block that has ended',
    frames: [frame(1, 4, 1, hex('82')), frame(9, 4, 1, hex('82'))],
    tells: ['headers 1 82', 'error PROTOCOL_ERROR'],
  },
  {
    section: '6.10',
    rule: 'CONTINUATION on stream 0',
    frames: [frame(1, 0, 1, hex('82')), frame(9, 4, 0, hex('82'))],
    tells: ['error PROTOCOL_ERROR'],
  },
  {
    section: '6.10',
    rule: 'CONTINUATION of another stream',
    frames: [frame(1, 0, 1, hex('82')), frame(9, 4, 3, hex('82'))],
    tells: ['error PROTOCOL_ERROR'],
  },
  {
    section: '6.10',
    rule: 'DATA within a header block',
    frames: [frame(1, 0, 1, hex('82')), frame(0, 0, 1, 'x')],
    tells: ['error PROTOCOL_ERROR'],
  },
  {
    section: '6.10',
    rule: 'other HEADERS within a header block',
    frames: [frame(1, 0, 1, hex('82')), frame(1, 4, 3, hex('82'))],
    tells: ['error PROTOCOL_ERROR'],
  },
  {
    section: '6.10',
    rule: 'PING within a header block',
    frames: [frame(1, 0, 1, hex('82')), frame(6, 0, 0, '12345678')],
    tells: ['error PROTOCOL_ERROR'],
  },
  {
    section: '10.5.1',
    rule: 'more CONTINUATION than are allowed, though they are empty',
    frames: [frame(1, 0, 1, hex('82')), ...Array.from({ length: 4 }, () => frame(9, 0, 1))],
    tells: ['error ENHANCE_YOUR_CALM'],
  },
  {
    section: '10.5.1',
    rule: 'a block larger than is allowed',
    frames: [frame(1, 0, 1, Buffer.alloc(16_000)), frame(9, 4, 1, Buffer.alloc(4001))],
    tells: ['error ENHANCE_YOUR_CALM'],
  },
  // RFC 9218
  {
    section: 'RFC 9218 7.1',
    rule: 'PRIORITY_UPDATE',
    frames: [frame(0x10, 0, 0, hex('80000003 753d31'))],
    tells: ['priority 3 u=1'],
  },
  {
    section: 'RFC 9218 7.1',
    rule: 'PRIORITY_UPDATE on a stream',
    frames: [frame(0x10, 0, 1, hex('00000003 753d31'))],
    tells: ['error PROTOCOL_ERROR'],
  },
  {
    section: 'RFC 9218 7.1',
    rule: 'PRIORITY_UPDATE about stream 0',
    frames: [frame(0x10, 0, 0, hex('00000000 753d31'))],
    tells: ['error PROTOCOL_ERROR'],
  },
  {
    section: 'RFC 9218 7.1',
    rule: 'PRIORITY_UPDATE about a pushed stream, of which there are none',
    frames: [frame(0x10, 0, 0, hex('00000002 753d31'))],
    tells: ['error PROTOCOL_ERROR'],
  },
  {
    section: 'RFC 9218 7.1',
    rule: 'PRIORITY_UPDATE of 3 bytes',
    frames: [frame(0x10, 0, 0, '123')],
    tells: ['error FRAME_SIZE_ERROR'],
  },
  {
    section: 'RFC 9218 7.1',
    rule: 'servers send no PRIORITY_UPDATE',
    role: 'client',
    frames: [frame(0x10, 0, 0, hex('00000003 753d31'))],
    tells: ['error PROTOCOL_ERROR'],
  },
  {
    section: 'RFC 9218 7.1',
    rule: 'a priority that is far too long counts as none',
    frames: [frame(0x10, 0, 0, `\0\0\0\x03${'u=1,'.repeat(100)}`)],
    tells: ['priority 3'],
  },
];
