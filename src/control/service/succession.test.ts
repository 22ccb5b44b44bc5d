import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';

import type { Logger } from '../../core/log.ts';
import { Succession } from './succession.ts';

const log: Logger = { debug() {}, info() {}, warn() {}, error() {} };

function successionOf(program: string, code: string, startMs = 20_000): Succession {
  const command = { program, args: ['-e', code], folder: '/', environment: {} };
  return new Succession({ command, log, startMs });
}

test('a successor that ends before it takes over is a failure, with its exit code', async () => {
  const result = await successionOf(process.execPath, 'process.exit(7)').run('/x', []);
  assert.deepEqual(result, {
    ok: false,
    problems: ['It ended with code 7 before it took over; the messages say more'],
  });
});

test('a program that is not there is a failure', async () => {
  const result = await successionOf('/no/such/program', '').run('/x', []);
  assert.equal(result.ok, false);
  assert.match(String(!result.ok && result.problems), /Cannot start \/no\/such\/program/);
});

test('one that takes too long is killed', async () => {
  const result = await successionOf(process.execPath, 'setInterval(() => {}, 1000)', 50).run('/x', []);
  assert.match(String(!result.ok && result.problems), /did not take over within/);
});

test('what the successor says of itself is the reason', async () => {
  const succession = successionOf(process.execPath, 'setInterval(() => {}, 1000)');
  const running = succession.run('/x', []);
  succession.fail(['line 3 is wrong']);
  assert.deepEqual(await running, { ok: false, problems: ['line 3 is wrong'] });
});

test('the successor has the sockets by the numbers that it is told', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => void server.close());
  await new Promise((resolve) => void server.once('listening', resolve));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion, no-underscore-dangle -- how the descriptor is found is the listener's affair
  const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
  const address = { kind: 'tcp', host: '127.0.0.1', port: 0 } as const;
  // It ends with 40 where the third descriptor is a socket and the environment says so.
  const code =
    'const { sockets, socket } = JSON.parse(process.env.POSTERN_TAKE_OVER);' +
    'process.exit(require("fs").fstatSync(sockets[0].fd).isSocket() && socket === "/ctl" && !process.env.WATCHDOG_PID ? 40 : 41)';
  const command = { program: process.execPath, args: ['-e', code], folder: '/', environment: { WATCHDOG_PID: '1' } };
  const result = await new Succession({ command, log }).run('/ctl', [{ address, port: 1, fd }]);
  assert.match(String(!result.ok && result.problems), /code 40/);
});
