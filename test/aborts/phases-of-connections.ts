import assert from 'node:assert/strict';
import type net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import { pendingWriteBytes } from '../../src/core/raw-socket.ts';
import { readAnswer } from '../harness/message.ts';
import { ok } from '../harness/raw-server.ts';
import { chunk, chunkedHead, get } from '../harness/requests.ts';
import { patienceMs } from '../harness/until.ts';
import { answering, answers, asks, length, none, put, says, waiting, type Phase, type Ends } from './phase.ts';
import type { Lane } from './site.ts';

const keptAlive: Ends = {
  'client closes': 'ok',
  'client half-closes': 'ok',
  'client resets': 'ok',
  'server closes': 'ok',
  'server half-closes': 'ok',
  'server resets': 'ok',
  'time-out': 'ok',
};

const megabytes = Buffer.alloc(8_000_000, 'x');

/** Waits until what was sent goes no further, though the proxy has looked often. */
async function backedUp(lane: Lane, socket: net.Socket): Promise<void> {
  let last = -1;
  for (let [same, end] = [0, performance.now() + patienceMs]; same <= 20; await pause(3)) {
    assert.ok(performance.now() < end, 'never came: back-pressure');
    await lane.turn();
    const pending = pendingWriteBytes(socket) ?? socket.writableLength;
    same = pending === last ? same + 1 : 0;
    last = pending;
  }
}

export const connections: readonly Phase[] = [
  {
    name: 'idle behind an answer',
    folder: '/auto/',
    arrive: async (lane) => {
      lane.send(get(lane.path));
      await readAnswer(lane.client);
    },
    ends: keptAlive,
  },
  {
    name: 'with junk behind the answer',
    arrive: async (lane) => {
      await asks(get)(lane);
      lane.server!.send(`${ok()}junk`);
      await readAnswer(lane.client);
    },
    ends: keptAlive,
  },
  {
    name: 'in the head of the next request',
    folder: '/auto/',
    arrive: async (lane) => {
      lane.send(get(lane.path));
      await readAnswer(lane.client);
      lane.send('GET /next HT');
    },
    ends: { ...keptAlive, 'time-out': 'ok, head-timeout' },
  },
  {
    name: 'with a request pipelined behind one that waits',
    arrive: async (lane) => {
      lane.send(get(lane.path) + get(`${lane.path}/2`));
      await lane.arrival();
    },
    ends: {
      'client half-closes': 'ok, ok',
      'client resets': 'client-abort',
      'server closes': 'server-closed|server-reset, ok',
      'server half-closes': 'server-closed, ok',
      'server resets': 'server-reset, ok',
      'time-out': 'server-timeout, server-timeout',
    },
    finish: async (lane, kind) => {
      if (kind === 'client resets') return;
      if (kind === 'client half-closes') lane.server!.send(ok('', 'Connection: close\r\n'));
      (await lane.arrival(`${lane.path}/2`)).send(ok('', 'Connection: close\r\n'));
    },
  },
];

export const features: readonly Phase[] = [
  {
    name: 'while `buffer` takes a body',
    folder: '/buffer/',
    arrive: (lane) => lane.send(`${put(lane.path, 'Content-Length: 90000\r\n')}${'x'.repeat(40_000)}`),
    ends: {
      ...none,
      'client closes': 'client-abort',
      'client half-closes': 'client-abort',
      'client resets': 'client-abort',
      'time-out': 'body-timeout',
    },
    counts: 'exchanges',
  },
  {
    name: 'while `buffer` takes chunks',
    folder: '/buffer/',
    arrive: (lane) => lane.send(`${chunkedHead(lane.path)}${chunk('x'.repeat(40_000))}5`),
    ends: {
      'client closes': 'client-abort',
      'client half-closes': 'client-abort',
      'client resets': 'client-abort',
      'time-out': 'body-timeout',
    },
    counts: 'exchanges',
  },
  {
    name: 'waiting for the answer to a buffered body',
    folder: '/buffer/',
    arrive: asks((path) => `${put(path, 'Content-Length: 40003\r\n')}${'x'.repeat(40_000)}abc`, 'abc'),
    ends: { ...waiting, 'server resets': 'server-reset|server-closed' },
    finish: says(ok()),
  },
  {
    name: 'in a buffered answer',
    folder: '/buffer/',
    arrive: answers(`${length}abc`, 'abc'),
    ends: answering,
    finish: says('def'),
  },
  {
    name: 'while `buffer` holds an answer that the client does not take',
    folder: '/buffer/',
    arrive: async (lane) => {
      lane.client.stall();
      await asks(get)(lane);
      lane.server!.send(`HTTP/1.1 200 OK\r\nContent-Length: ${megabytes.length}\r\n\r\n`);
      await lane.server!.pour(megabytes);
    },
    ends: {
      'client closes': 'client-abort',
      'client resets': 'client-abort',
      'server closes': 'ok',
      'server resets': 'ok|server-reset',
      'time-out': 'write-timeout',
    },
    finish: ({ client }, kind) => {
      if (kind.startsWith('client')) return;
      client.sink = () => {};
      client.readOn();
    },
    heavy: true,
  },
  {
    name: 'while `basic-auth` verifies a password',
    folder: '/auth/',
    arrive: (lane) => lane.send(get(lane.path, 'Authorization: Basic YWxpY2U6d29uZGVy\r\n')),
    ends: { 'client resets': 'client-abort', 'time-out': 'server-timeout' },
    counts: 'exchanges',
    heavy: true,
  },
  {
    name: 'while `basic-auth` verifies a password, with a body on its way',
    folder: '/auth/',
    arrive: (lane) => lane.send(put(lane.path, 'Content-Length: 6\r\nAuthorization: Basic YWxpY2U6d29uZGVy\r\n')),
    ends: {
      'client closes': 'client-abort',
      'client half-closes': 'client-abort',
      'client resets': 'client-abort',
      'time-out': 'body-timeout',
    },
    counts: 'exchanges',
    heavy: true,
  },
];

/** Megabytes in the buffers of the kernel, and nobody who takes them. */
export const stalls: readonly Phase[] = [
  {
    name: 'with an answer that the client does not take',
    arrive: async (lane) => {
      lane.client.stall();
      await asks(get)(lane);
      lane.server!.send(`HTTP/1.1 200 OK\r\nContent-Length: ${megabytes.length}\r\n\r\n`);
      lane.server!.send(megabytes);
      await backedUp(lane, lane.server!.socket);
    },
    ends: {
      'client closes': 'client-abort',
      'client resets': 'client-abort',
      'server resets': 'server-reset|write-timeout',
      'time-out': 'write-timeout',
    },
    slow: ['server resets'],
    heavy: true,
  },
  {
    name: 'with a body that the server does not take',
    arrive: async (lane) => {
      lane.send(put(lane.path, `Content-Length: ${megabytes.length}\r\n`));
      (await lane.arrival()).stall();
      lane.client.send(megabytes);
      await backedUp(lane, lane.client.socket);
    },
    ends: {
      'client resets': 'client-abort|server-write-timeout',
      'server closes': 'server-reset|server-closed',
      'server resets': 'server-reset',
      'time-out': 'server-write-timeout',
    },
    slow: ['client resets'],
    heavy: true,
  },
];
