import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';

import type { Logger } from '../../core/log.ts';
import type { ListeningSocket } from '../../proxy/index.ts';
import { messageOf } from '../message-of.ts';
import { takeOverVariable, type Invitation } from './take-over.ts';

/** How this process was started, and its successor is: from what is on the disk then. */
export interface OwnCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** Working folder at the start. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export type UpgradeResult =
  | { readonly ok: true; readonly pid: number }
  | { readonly ok: false; readonly problems: readonly string[] };

/** How long a successor may take to listen, in ms: reading a config alone may take a minute. */
const defaultStartMs = 120_000;

export interface SuccessionOptions {
  readonly command: OwnCommand;
  readonly log: Logger;
  readonly startMs?: number;
}

/**
 * Starts the process that takes this one's place, and waits until it does. It inherits the listening sockets, so both take
 * connections from the same queues, and none that waits there is lost when this one closes its side.
 *
 * Nothing here touches this process: where the successor fails, all goes on as before.
 */
export class Succession {
  readonly #options: SuccessionOptions;
  #child: ChildProcess | undefined;
  #settle: ((result: UpgradeResult) => void) | undefined;

  constructor(options: SuccessionOptions) {
    this.#options = options;
  }

  /** Never rejects. Calls must not overlap. */
  async run(socket: string, sockets: readonly ListeningSocket[]): Promise<UpgradeResult> {
    const { promise, resolve } = Promise.withResolvers<UpgradeResult>();
    this.#settle = resolve;
    const startMs = this.#options.startMs ?? defaultStartMs;
    const late = setTimeout(() => this.fail([`It did not take over within ${startMs / 1000} s`]), startMs);
    try {
      this.#child = this.#start(socket, sockets);
    } catch (error) {
      this.fail([messageOf(error)]);
    }
    const result = await promise;
    clearTimeout(late);
    this.#settle = undefined;
    if (!result.ok) this.#child?.kill('SIGKILL');
    this.#child?.unref();
    this.#child = undefined;
    return result;
  }

  /** The successor listens. */
  succeed(): void {
    this.#settle?.({ ok: true, pid: this.#child?.pid ?? 0 });
  }

  /** It will not: it says so itself, or nobody wants it any more. */
  fail(problems: readonly string[]): void {
    this.#settle?.({ ok: false, problems });
  }

  #start(socket: string, sockets: readonly ListeningSocket[]): ChildProcess {
    const { command, log } = this.#options;
    const { stdio, inherited } = descriptorsFor(sockets);
    const invitation: Invitation = { socket, sockets: inherited };
    const { WATCHDOG_PID: _, ...environment } = command.environment; // The manager's watchdog will have another process.
    const child = spawn(command.program, command.args, {
      cwd: command.folder,
      stdio,
      env: { ...environment, [takeOverVariable]: JSON.stringify(invitation) },
    });
    child.on('error', (error) => this.fail([`Cannot start ${command.program}: ${error.message}`]));
    child.on('exit', (code, signal) => {
      if (this.#child !== child) return;
      this.fail([`It ended with ${signal ?? `code ${code}`} before it took over; the messages say more`]);
    });
    log.info(`The successor is process ${child.pid}`);
    return child;
  }
}

/** Sockets without a descriptor of ours are left out: the successor opens them anew, beside ours. */
function descriptorsFor(sockets: readonly ListeningSocket[]): {
  readonly stdio: StdioOptions;
  readonly inherited: readonly ListeningSocket[];
} {
  const stdio: (number | 'ignore' | 'inherit')[] = ['ignore', 'inherit', 'inherit'];
  const inherited = sockets.map((socket) => {
    if (socket.fd === undefined) return socket;
    stdio.push(socket.fd);
    return { ...socket, fd: stdio.length - 1 };
  });
  return { stdio, inherited };
}
