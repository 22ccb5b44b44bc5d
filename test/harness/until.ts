import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

/** Longest wait of a test for one thing: far more than any of them takes, so that only what never comes reaches it. */
export const patienceMs = 20_000;

/** Polls until the condition holds. Fails, saying what never came, after `patienceMs`. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  for (const end = performance.now() + patienceMs; performance.now() < end; await pause(3)) {
    if (holds()) return;
  }
  assert.fail(`never came: ${what}`);
}

/** Lets the event loop look at its sockets so many times. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => void setImmediate(resolve));
}
