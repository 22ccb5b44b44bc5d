import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Logger } from '../../core/log.ts';
import type { TlsSecrets } from '../../proxy/index.ts';
import { TicketKeys } from './ticket-keys.ts';

const ignore = (): void => {};

function keysWith(
  push: (secrets: TlsSecrets) => Promise<void>,
  everyMs?: number,
): { keys: TicketKeys; warnings: string[] } {
  const warnings: string[] = [];
  const log: Logger = { debug: ignore, info: ignore, warn: (message) => warnings.push(message), error: ignore };
  return { keys: new TicketKeys({ log, push, ...(everyMs !== undefined && { everyMs }) }), warnings };
}

test('the first keys are pushed at the start, 48 bytes, unlike those of another process', async () => {
  const pushed: TlsSecrets[] = [];
  const push = async (secrets: TlsSecrets): Promise<void> => void pushed.push(secrets);
  const { keys } = keysWith(push);
  const { keys: others } = keysWith(push);
  await keys.start();
  await others.start();
  keys.stop();
  others.stop();
  assert.deepEqual(
    pushed.map(({ ticketKeys }) => ticketKeys.length),
    [48, 48],
  );
  assert.notDeepEqual(pushed[0]!.ticketKeys, pushed[1]!.ticketKeys);
});

test('staples go with the keys that are in force, and rotated keys go with the staples', async () => {
  const pushed: TlsSecrets[] = [];
  let rotated: (() => void) | undefined;
  const { keys } = keysWith(async (secrets) => {
    pushed.push(secrets);
    if (pushed.length === 3) rotated?.();
  }, 1);
  const staples = [{ fingerprint: 'aa', response: Uint8Array.of(1) }];
  const rotation = new Promise<void>((resolve) => (rotated = resolve));
  await keys.setStaples(staples);
  await keys.start();
  const stayAwake = setTimeout(ignore, 10_000); // The rotation's own timer keeps no process alive.
  await rotation;
  clearTimeout(stayAwake);
  keys.stop();
  assert.equal(pushed[0]!.ticketKeys, pushed[1]!.ticketKeys);
  assert.notDeepEqual(pushed[1]!.ticketKeys, pushed[2]!.ticketKeys);
  for (const secrets of pushed) assert.equal(secrets.staples, staples);
});

test('a data plane that does not take them is told of and changes nothing', async () => {
  const { keys, warnings } = keysWith(() => Promise.reject(new Error('gone')));
  await keys.start();
  keys.stop();
  assert.deepEqual(warnings, ['Cannot hand the ticket keys to the data thread: gone']);
});
