import type { Logger } from '../../core/log.ts';
import type { ControlDoor } from '../admin/control-door.ts';
import type { Phase } from '../controlled.ts';
import { messageOf } from '../message-of.ts';
import type { ThreadHost } from '../threads/thread-host.ts';
import type { Succession, UpgradeResult } from './succession.ts';

/** What an upgrade needs of a running Postern. */
export interface UpgradeParts {
  readonly host: ThreadHost;
  readonly door: ControlDoor;
  readonly log: Logger;
  readonly succession: Succession | undefined;
}

/** Starts a successor and waits until it has taken over, or has failed: all is as before then. Never rejects. */
export async function upgrade(parts: UpgradeParts, phase: Phase): Promise<UpgradeResult> {
  const { host, door, log, succession } = parts;
  if (phase !== 'running') return refusal(`Postern is ${phase}`);
  if (succession === undefined || door.path === undefined) return refusal('this Postern is a part of another program');
  if (process.pid === 1) {
    return refusal('a container ends with its first process, and that is this one; start a new container instead');
  }
  log.info('Starting a successor');
  try {
    const result = await succession.run(door.path, await host.listeningSockets());
    if (!result.ok) log.error(`The successor did not start, so this one goes on: ${result.problems.join('; ')}`);
    return result;
  } catch (error) {
    return refusal(messageOf(error));
  }
}

function refusal(why: string): UpgradeResult {
  return { ok: false, problems: [`Cannot upgrade: ${why}`] };
}
