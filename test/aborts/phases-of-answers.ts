import { ok } from '../harness/raw-server.ts';
import { chunk, chunkedHead, get } from '../harness/requests.ts';
import {
  answering,
  answers,
  asks,
  chunk6,
  chunked,
  crossing,
  endsToo,
  gentle,
  length,
  length6,
  says,
  switching,
  untilClose,
  upgrade,
  waiting,
  type Phase,
} from './phase.ts';

export const answer: readonly Phase[] = [
  { name: 'waiting for the answer', arrive: asks(get), ends: waiting, finish: says(ok()) },
  {
    name: 'waiting for the answer to a body',
    arrive: asks((path) => `${length6(path)}def`, 'abcdef'),
    ends: waiting,
    finish: says(ok()),
  },
  {
    name: 'waiting for the answer to chunks with trailers',
    arrive: asks((path) => `${chunkedHead(path)}${chunk('abc')}0\r\nX-A: b\r\n\r\n`, '0\r\nX-A: b\r\n\r\n'),
    ends: waiting,
    finish: says(ok()),
  },
  {
    name: 'in the head of the answer',
    arrive: async (lane) => {
      await asks(get)(lane);
      lane.server!.send('HTTP/1.1 200 OK\r\nConte');
    },
    ends: waiting,
    finish: says('nt-Length: 0\r\n\r\n'),
  },
  {
    name: 'behind a 103',
    arrive: answers('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n', '\r\n\r\n'),
    ends: waiting,
    finish: says(ok()),
  },
  {
    name: 'in a 103',
    arrive: async (lane) => {
      await asks(get)(lane);
      lane.server!.send('HTTP/1.1 103 Early Hints\r\nLin');
    },
    ends: waiting,
    finish: says(`k: </a>\r\n\r\n${ok()}`),
  },
  {
    name: 'behind the head of the answer',
    arrive: answers(length, '\r\n\r\n'),
    ends: answering,
    finish: says('abcdef'),
  },
  {
    name: 'behind the head of an answer in chunks',
    arrive: answers(chunked, '\r\n\r\n'),
    ends: answering,
    finish: says('0\r\n\r\n'),
  },
  { name: 'in the body of the answer', arrive: answers(`${length}abc`, 'abc'), ends: answering, finish: says('def') },
  {
    name: 'in a chunk of the answer',
    arrive: answers(`${chunked}6\r\nabc`, 'abc'),
    ends: answering,
    finish: says('def\r\n0\r\n\r\n'),
  },
  {
    name: 'in the trailers of the answer',
    arrive: answers(`${chunked}${chunk('abc')}0\r\nX-A: b`, 'abc'),
    ends: answering,
    finish: says('\r\n\r\n'),
  },
  {
    name: 'in an answer up to the close',
    arrive: answers(`${untilClose}abc`, 'abc'),
    ends: { ...answering, 'server closes': 'ok|server-reset', 'server half-closes': 'ok' },
    finish: ({ server }, kind) => gentle(kind) && kind.startsWith('client') && server!.end('def'),
  },
  {
    name: 'with bodies of known length on their way both ways',
    arrive: answers(`${length}abc`, 'abc', length6),
    ends: crossing,
  },
  {
    name: 'with chunks on their way both ways',
    arrive: answers(`${chunked}6\r\nabc`, 'abc', chunk6),
    ends: crossing,
  },
];

export const tunnels: readonly Phase[] = [
  {
    name: 'waiting for a 101',
    arrive: asks((path) => get(path, upgrade)),
    ends: waiting,
    finish: says(ok()),
  },
  {
    name: 'waiting for a 101 with bytes sent ahead',
    arrive: asks((path) => `${get(path, upgrade)}abc`),
    ends: { 'client resets': 'client-abort', 'server resets': 'server-reset', 'server half-closes': 'server-closed' },
  },
  {
    name: 'in a tunnel with bytes on their way both ways',
    arrive: async (lane) => {
      await answers(`${switching}down`, 'down', (path) => `${get(path, upgrade)}up`)(lane);
      await lane.server!.takeThrough('up');
    },
    ends: {
      'client closes': 'ok|client-abort',
      'client half-closes': 'ok',
      'client resets': 'client-abort',
      'server closes': 'ok|server-closed|server-reset',
      'server half-closes': 'ok',
      'server resets': 'server-reset',
      'time-out': 'tunnel-timeout',
    },
    finish: endsToo,
  },
  {
    name: 'in a tunnel that the client has closed its side of',
    arrive: async (lane) => {
      await answers(`${switching}down`, 'down', (path) => get(path, upgrade))(lane);
      lane.client.end();
      await lane.server!.ended();
    },
    ends: {
      // Behind its FIN nothing of it is read any more, not even a reset.
      'client resets': 'tunnel-timeout',
      'server half-closes': 'ok',
      'server resets': 'server-reset',
      'time-out': 'tunnel-timeout',
    },
    slow: ['client resets'],
  },
  {
    name: 'in a tunnel that the server has closed its side of',
    arrive: async (lane) => {
      await answers(`${switching}down`, 'down', (path) => get(path, upgrade))(lane);
      lane.server!.end();
      await lane.client.ended();
    },
    ends: {
      'client half-closes': 'ok',
      'client resets': 'client-abort',
      'time-out': 'tunnel-timeout',
    },
  },
];
