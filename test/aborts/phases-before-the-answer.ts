import { chunk, chunkedHead, get } from '../harness/requests.ts';
import { answers, asks, chunk6, expects, length6, none, put, sending, type Phase } from './phase.ts';

export const beforeTheServer: readonly Phase[] = [
  { name: 'connected, with nothing sent', arrive: () => {}, ends: { ...none, 'time-out': '' }, counts: 'connections' },
  {
    name: 'in the head of the request',
    arrive: (lane) => lane.send(`GET ${lane.path} HTTP/1.1\r\nHo`),
    ends: { ...none, 'time-out': 'head-timeout' },
    counts: 'connections',
  },
  {
    name: 'connecting to the server',
    folder: '/full/',
    arrive: (lane) => lane.send(get(lane.path)),
    ends: { 'client resets': 'client-abort' },
    counts: 'exchanges',
  },
  {
    name: 'connecting to the server for too long',
    folder: '/full-hasty/',
    arrive: (lane) => lane.send(get(lane.path)),
    ends: {
      'client closes': 'server-connect-timeout|client-abort',
      'client half-closes': 'server-connect-timeout',
      'time-out': 'server-connect-timeout',
    },
    // Some are over before the last has begun.
    counts: 'exchanges begun',
    heavy: true,
  },
  {
    name: 'connecting with a body on its way',
    folder: '/full/',
    arrive: (lane) => lane.send(chunk6(lane.path)),
    ends: { 'client resets': 'client-abort' },
    counts: 'exchanges',
  },
  {
    // The handshake with the server ends just when nobody wants it any more.
    name: 'with its end right behind a head that announces a body',
    arrive: (lane) => {
      lane.send(put(lane.path, 'Content-Length: 6\r\n'));
      lane.client.end();
    },
    ends: { 'client half-closes': 'client-abort' },
  },
  {
    name: 'where no server listens',
    folder: '/nobody/',
    arrive: (lane) => lane.send(`${length6(lane.path)}def`),
    ends: { 'server closes': 'server-refused' },
  },
  {
    name: 'between two attempts with a server',
    folder: '/pause/',
    arrive: (lane) => lane.send(get(lane.path)),
    ends: { 'client resets': 'client-abort' },
    counts: 'exchanges',
  },
  {
    name: 'between two attempts with a body on its way',
    folder: '/pause/',
    arrive: (lane) => lane.send(chunk6(lane.path)),
    ends: { 'client resets': 'client-abort' },
    counts: 'exchanges',
  },
  {
    name: 'in the handshake with the server',
    folder: '/silent/',
    arrive: (lane) => lane.send(get(lane.path)),
    ends: {
      'client resets': 'client-abort',
      'server closes': 'server-tls-failed',
      'server half-closes': 'server-tls-failed',
      'server resets': 'server-tls-failed',
    },
    counts: 'silent servers',
  },
  {
    name: 'in the handshake with the server for too long',
    folder: '/silent-hasty/',
    arrive: (lane) => lane.send(get(lane.path)),
    ends: {
      'client closes': 'server-connect-timeout|client-abort',
      'client half-closes': 'server-connect-timeout',
      'time-out': 'server-connect-timeout',
    },
    counts: 'exchanges begun',
    heavy: true,
  },
];

export const handshakes: readonly Phase[] = [
  {
    name: 'with the first bytes of the handshake sent',
    bare: true,
    tlsOnly: true,
    arrive: ({ client }) => client.send(Buffer.of(0x16, 0x03, 0x01, 0x02, 0x00, 0x01)),
    ends: { ...none, 'time-out': '' },
    counts: 'connections',
    heavy: true,
  },
];

export const request: readonly Phase[] = [
  {
    name: 'with a head sent that announces a body',
    arrive: asks((path) => put(path, 'Content-Length: 6\r\n')),
    ends: sending,
  },
  { name: 'with a head sent that announces chunks', arrive: asks((path) => chunkedHead(path)), ends: sending },
  { name: 'in the body of the request', arrive: asks(length6, 'abc'), ends: sending },
  { name: 'in a chunk of the request', arrive: asks(chunk6, 'abc'), ends: sending },
  {
    name: 'between two chunks of the request',
    arrive: asks((path) => chunkedHead(path) + chunk('abcdef'), 'abcdef\r\n'),
    ends: sending,
  },
  {
    name: 'in the trailers of the request',
    arrive: asks((path) => `${chunkedHead(path)}${chunk('abc')}0\r\nX-A: b`, 'abc'),
    ends: sending,
  },
  {
    name: 'while the client waits for a 100',
    arrive: asks(expects),
    ends: { ...sending, 'time-out': 'body-timeout|server-timeout' },
  },
  {
    name: 'behind a 100',
    arrive: answers('HTTP/1.1 100 Continue\r\n\r\n', '\r\n\r\n', expects),
    ends: { ...sending, 'time-out': 'body-timeout|server-timeout' },
  },
];
